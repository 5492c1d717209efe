import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

/** The shape of what is coming. */
export function Skeleton({ className, ...props }: ComponentProps<'div'>) {
  return (
    <div aria-hidden data-slot="skeleton" className={cn('animate-pulse rounded-md bg-muted', className)} {...props} />
  );
}

interface LoadingProps {
  /** What is on its way, for whoever does not see the shapes. */
  label: string;
  className?: string;
  children: ReactNode;
}

/** A place whose content is on its way: its name for assistive technology, its shape for the eyes. */
export function Loading({ label, className, children }: LoadingProps) {
  return (
    <div aria-busy className={className}>
      <p role="status" className="sr-only">
        {label}
      </p>
      {children}
    </div>
  );
}

/** A list of people, keys or parts before it is there. */
export function RowsSkeleton({ label, rows }: { label: string; rows: number }) {
  return (
    <Loading label={label} className="divide-y">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i.toString()} className="flex items-center gap-4 px-5 py-3.5">
          <Skeleton className="size-8 shrink-0 rounded-full" />
          <div className="min-w-0 flex-1 space-y-1.5">
            <Skeleton className="h-4 w-40 max-w-full" />
            <Skeleton className="h-3 w-56 max-w-full" />
          </div>
          <Skeleton className="h-8 w-16 shrink-0" />
        </div>
      ))}
    </Loading>
  );
}

/** A card with a chart in it. */
export function ChartSkeleton({ columns }: { columns: number }) {
  return (
    <div className="rounded-xl border bg-card p-5">
      <Skeleton className="h-4 w-32" />
      <div className="mt-6 flex h-64 items-end gap-2">
        {Array.from({ length: columns }, (_, i) => (
          <Skeleton key={i.toString()} className="flex-1" style={{ height: `${30 + ((i * 37) % 60)}%` }} />
        ))}
      </div>
    </div>
  );
}

import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Skeleton } from './skeleton';

// The lines between the figures are the ground that shows through the gaps.
const strip = (columns: string) => cn('grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border', columns);

interface FiguresProps {
  /** How many stand side by side where there is room. */
  columns: string;
  children: ReactNode;
}

/** A strip of numbers that say how things stand. */
export function Figures({ columns, children }: FiguresProps) {
  return <dl className={strip(columns)}>{children}</dl>;
}

interface FigureProps {
  label: string;
  value: ReactNode;
  note: string;
  /** What the number means, in more words. */
  title?: string | undefined;
  children?: ReactNode;
}

export function Figure({ label, value, note, title, children }: FigureProps) {
  return (
    <div className="min-w-0 bg-card p-4" title={title}>
      <dt className="text-muted-foreground text-xs">{label}</dt>
      <dd className="mt-1 flex flex-wrap items-baseline gap-x-2 font-semibold text-2xl tabular-nums tracking-tight max-sm:text-xl">
        {value}
      </dd>
      <dd className="mt-0.5 text-muted-foreground text-xs tabular-nums">{note}</dd>
      {children && <dd className="mt-3">{children}</dd>}
    </div>
  );
}

export function FiguresSkeleton({ columns, count }: { columns: string; count: number }) {
  return (
    <div className={strip(columns)}>
      {Array.from({ length: count }, (_, i) => (
        <div key={i.toString()} className="space-y-2 bg-card p-4">
          <Skeleton className="h-3 w-20" />
          <Skeleton className="h-7 w-24" />
          <Skeleton className="h-3 w-28 max-w-full" />
        </div>
      ))}
    </div>
  );
}

import { Skeleton } from '@/ui/skeleton';

export function ListSkeleton({ label, rows }: { label: string; rows: number }) {
  return (
    <div aria-busy>
      <p role="status" className="sr-only">
        {label}
      </p>
      <ul aria-hidden className="divide-y">
        {Array.from({ length: rows }, (_, i) => (
          <li key={i.toString()} className="flex items-center gap-4 px-5 py-3.5">
            <Skeleton className="size-8 rounded-full" />
            <span className="flex-1 space-y-1.5">
              <Skeleton className="h-4 w-40 max-w-full" />
              <Skeleton className="h-3 w-56 max-w-full" />
            </span>
            <Skeleton className="h-8 w-16" />
          </li>
        ))}
      </ul>
    </div>
  );
}

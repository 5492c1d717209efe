import { Skeleton } from '@/ui/skeleton';

/** The page's shape before its numbers: nothing jumps when they come. */
export function UsageSkeleton() {
  return (
    <div aria-busy className="space-y-5">
      <p className="sr-only" role="status">
        Loading the usage
      </p>
      <div className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border lg:grid-cols-3 2xl:grid-cols-6">
        {['cost', 'tasks', 'rate', 'tokens', 'duration', 'wait'].map((key) => (
          <div key={key} className="space-y-2 bg-card p-4">
            <Skeleton className="h-3 w-16" />
            <Skeleton className="h-7 w-24" />
            <Skeleton className="h-3 w-28 max-w-full" />
          </div>
        ))}
      </div>
      <div className="rounded-xl border bg-card p-5">
        <Skeleton className="h-4 w-32" />
        <div className="mt-6 flex h-64 items-end gap-2">
          {Array.from({ length: 24 }, (_, i) => (
            <Skeleton key={i.toString()} className="flex-1" style={{ height: `${30 + ((i * 37) % 60)}%` }} />
          ))}
        </div>
      </div>
    </div>
  );
}

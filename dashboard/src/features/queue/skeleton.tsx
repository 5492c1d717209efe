import { Skeleton } from '@/ui/skeleton';

export function QueueSkeleton() {
  return (
    <div aria-busy className="space-y-5">
      <p className="sr-only" role="status">
        Loading the queue
      </p>
      <div className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border lg:grid-cols-4">
        {['depth', 'rate', 'oldest', 'estimate'].map((key) => (
          <div key={key} className="space-y-2 bg-card p-4">
            <Skeleton className="h-3 w-20" />
            <Skeleton className="h-7 w-16" />
            <Skeleton className="h-3 w-24" />
          </div>
        ))}
      </div>
      <div className="grid gap-6 rounded-xl border bg-card p-5 lg:grid-cols-[16rem_1fr_1fr]">
        <Skeleton className="mx-auto h-24 w-44 rounded-t-full" />
        <Skeleton className="h-32" />
        <Skeleton className="h-32" />
      </div>
      <Skeleton className="h-64 rounded-xl" />
    </div>
  );
}

import { FiguresSkeleton } from '@/ui/figures';
import { ChartSkeleton, Loading, Skeleton } from '@/ui/skeleton';

export function QueueSkeleton() {
  return (
    <Loading label="Loading the queue" className="space-y-5">
      <FiguresSkeleton columns="lg:grid-cols-4" count={4} />
      <div className="grid gap-6 rounded-xl border bg-card p-5 lg:grid-cols-[16rem_1fr_1fr]">
        <Skeleton className="mx-auto h-24 w-44 rounded-t-full" />
        <Skeleton className="h-32" />
        <Skeleton className="h-32" />
      </div>
      <ChartSkeleton columns={24} />
    </Loading>
  );
}

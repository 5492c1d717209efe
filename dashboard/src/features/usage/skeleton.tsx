import { FiguresSkeleton } from '@/ui/figures';
import { Loading, Skeleton } from '@/ui/skeleton';
import { TOTALS_COLUMNS } from './totals-cards';

/** The page's shape before its numbers: nothing jumps when they come. */
export function UsageSkeleton() {
  return (
    <Loading label="Loading the usage" className="space-y-5">
      <FiguresSkeleton columns={TOTALS_COLUMNS} count={6} />
      <div className="rounded-xl border bg-card p-5">
        <Skeleton className="h-4 w-32" />
        <div className="mt-6 flex h-64 items-end gap-2">
          {Array.from({ length: 24 }, (_, i) => (
            <Skeleton key={i.toString()} className="flex-1" style={{ height: `${30 + ((i * 37) % 60)}%` }} />
          ))}
        </div>
      </div>
    </Loading>
  );
}

import { FiguresSkeleton } from '@/ui/figures';
import { ChartSkeleton, Loading } from '@/ui/skeleton';
import { TOTALS_COLUMNS } from './totals-cards';

/** The page's shape before its numbers: nothing jumps when they come. */
export function UsageSkeleton() {
  return (
    <Loading label="Loading the usage" className="space-y-5">
      <FiguresSkeleton columns={TOTALS_COLUMNS} count={6} />
      <ChartSkeleton columns={30} />
    </Loading>
  );
}

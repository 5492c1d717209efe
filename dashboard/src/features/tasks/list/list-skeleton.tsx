import { Loading, Skeleton } from '@/ui/skeleton';

const WIDTHS = ['58%', '41%', '66%', '35%', '52%', '47%', '61%', '38%', '55%', '44%', '63%', '50%'];

export function ListSkeleton() {
  return (
    <Loading label="Loading the tasks">
      {WIDTHS.map((width) => (
        <div key={width} className="flex items-center gap-4 border-b px-4 py-3 md:px-8">
          <Skeleton className="size-4" />
          <Skeleton className="h-5.5 w-24 rounded-full max-md:order-last" />
          <div className="grid h-10 min-w-0 flex-1 content-center gap-2">
            <Skeleton className="h-3.5" style={{ width }} />
            <Skeleton className="h-3 w-40 max-w-full" />
          </div>
          <Skeleton className="h-3 w-24 max-md:hidden" />
        </div>
      ))}
    </Loading>
  );
}

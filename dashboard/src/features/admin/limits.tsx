import { useQuery } from '@tanstack/react-query';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Loading, Skeleton } from '@/ui/skeleton';
import { limitsQuery } from './api';
import { LimitsForm } from './limits-form';

export function LimitsPage() {
  const limits = useQuery(limitsQuery);
  return (
    <Card className="max-w-3xl">
      <CardHeader
        title="Limits"
        description="How much may happen at once. They hold from the next start on; nothing that runs is stopped."
      />
      <CardBody>
        {limits.isPending ? (
          <Loading label="Loading the limits" className="max-w-md space-y-4">
            <Skeleton className="h-16" />
            <Skeleton className="h-16" />
            <Skeleton className="h-16" />
          </Loading>
        ) : limits.isError ? (
          <ErrorState error={limits.error} what="The limits" onRetry={() => void limits.refetch()} />
        ) : (
          <LimitsForm key={JSON.stringify(limits.data)} now={limits.data} />
        )}
      </CardBody>
    </Card>
  );
}

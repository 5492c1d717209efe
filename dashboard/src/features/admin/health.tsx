import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, RotateCw } from 'lucide-react';
import type { HealthReport } from '@/api/types';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { healthQuery } from './api';

const PARTS: Record<string, string> = {
  table: 'Where tasks, events and accounts are kept',
  queue: 'Rings when a task may start',
  model: 'Answers the agents',
  files: 'Where artifacts and long outputs are kept',
};

/** Whether each part answers, asked just now and again every few seconds. */
export function Health() {
  const health = useQuery(healthQuery);
  const bad = health.data?.parts.filter((part) => !part.ok).length ?? 0;
  return (
    <Card className="max-w-3xl overflow-hidden">
      <CardHeader
        title="Health"
        description={
          health.data ? (
            <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
              Errand {health.data.version}
              <Badge tone={bad ? 'danger' : 'success'}>
                {bad ? `${bad} ${bad === 1 ? 'part does' : 'parts do'} not answer` : 'all parts answer'}
              </Badge>
            </span>
          ) : (
            'Asking each part'
          )
        }
        actions={
          <Button variant="outline" size="sm" busy={health.isFetching} onClick={() => void health.refetch()}>
            {!health.isFetching && <RotateCw aria-hidden />}
            Ask again
          </Button>
        }
      />
      <div className="mt-4 border-t">
        {health.isPending ? (
          <RowsSkeleton label="Asking each part" rows={4} />
        ) : health.isError && !health.data ? (
          <ErrorState error={health.error} what="The health of the parts" onRetry={() => void health.refetch()} />
        ) : (
          <ul className="divide-y">
            {health.data?.parts.map((part) => (
              <Part key={part.name} part={part} />
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

function Part({ part }: { part: HealthReport['parts'][number] }) {
  const Icon = part.ok ? CircleCheck : CircleX;
  return (
    <li className="flex items-center gap-4 px-5 py-3">
      <Icon aria-hidden className={part.ok ? 'size-5 shrink-0 text-success' : 'size-5 shrink-0 text-danger'} />
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          <span className="capitalize">{part.name}</span>
          <span className="sr-only">{part.ok ? ': answers' : ': does not answer'}</span>
        </p>
        <p className="text-muted-foreground text-sm">{part.detail ?? PARTS[part.name] ?? ''}</p>
      </div>
      {/* What is only known of and not asked takes no time. */}
      {part.latency_ms > 0 && (
        <span className="whitespace-nowrap text-muted-foreground text-sm tabular-nums">
          {Math.max(1, Math.round(part.latency_ms))} ms
        </span>
      )}
    </li>
  );
}

import { useQuery } from '@tanstack/react-query';
import type { Priority, QueueView } from '@/api/types';
import { Badge } from '@/ui/badge';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { PRIORITIES } from '@/ui/reasons';
import { QueueActions } from './actions';
import { queueQuery } from './api';
import { Breakdown } from './breakdown';
import { Gauge } from './gauge';
import { Numbers } from './numbers';
import { PausedBanner } from './paused-banner';
import { QueueSkeleton } from './skeleton';
import { Throughput } from './throughput';
import { WAIT_REASONS, WAITING } from './words';

/** What the queue does now, why what waits does wait, and the levers. */
export function QueuePage({ zone }: { zone: string }) {
  const queue = useQuery(queueQuery);
  const view = queue.data;
  return (
    <>
      <PageHeader
        title="Queue"
        description={
          <span className="inline-flex flex-wrap items-center gap-2">
            Every user’s tasks
            {view && <Badge tone={view.paused ? 'warning' : 'success'}>{view.paused ? 'Paused' : 'Open'}</Badge>}
          </span>
        }
        actions={view && <QueueActions view={view} />}
      />
      <PageBody>
        {queue.isPending ? (
          <QueueSkeleton />
        ) : !view ? (
          <ErrorState error={queue.error} what="The queue" onRetry={() => void queue.refetch()} />
        ) : (
          <div className="space-y-5">
            {queue.isError && <Stale onRetry={() => void queue.refetch()} />}
            {view.paused && <PausedBanner paused={view.paused} running={view.running} />}
            <Numbers view={view} />
            <Now view={view} />
            <Card>
              <CardHeader title="Throughput" description="Tasks that ended, by hour, over the last 24 hours" />
              <CardBody>
                <Throughput hours={view.throughput} zone={zone} />
              </CardBody>
            </Card>
          </div>
        )}
      </PageBody>
    </>
  );
}

function Now({ view }: { view: QueueView }) {
  return (
    <Card className="grid gap-px overflow-hidden bg-border lg:grid-cols-[16rem_1fr_1fr]">
      <div className="grid place-items-center bg-card p-5">
        <Gauge running={view.running} limit={view.limit} />
      </div>
      <div className="bg-card p-5">
        <Breakdown
          title="Waiting, by reason"
          empty="Nothing waits."
          parts={WAIT_REASONS.map((reason, at) => ({
            key: reason,
            label: WAITING[reason].label,
            why: WAITING[reason].why,
            count: view.waiting[reason],
            color: `var(--chart-${at + 1})`,
          }))}
        />
      </div>
      <div className="bg-card p-5">
        <Breakdown
          title="Waiting, by priority"
          empty="Nothing waits."
          parts={PRIORITY_NAMES.map((priority) => ({
            key: priority,
            label: PRIORITIES[priority].word,
            count: view.by_priority[priority],
            color: PRIORITY_COLORS[priority],
          }))}
        />
      </div>
    </Card>
  );
}

const PRIORITY_COLORS = {
  urgent: 'var(--danger)',
  high: 'var(--chart-2)',
  normal: 'var(--chart-1)',
  low: 'var(--chart-6)',
} as const satisfies Record<Priority, string>;

const PRIORITY_NAMES = Object.keys(PRIORITY_COLORS) as Priority[];

/** The numbers stay when a look fails; that they may be old is said. */
function Stale({ onRetry }: { onRetry: () => void }) {
  return (
    <p
      role="alert"
      className="flex flex-wrap items-center gap-x-2 rounded-lg border border-warning/40 bg-warning/8 px-4 py-2.5 text-sm"
    >
      The last look at the queue failed; these numbers may be old.
      <button
        type="button"
        onClick={onRetry}
        className="min-h-6 font-medium text-primary underline-offset-4 hover:underline"
      >
        Look again
      </button>
    </p>
  );
}

import { useQuery } from '@tanstack/react-query';
import { CircleDashed } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Run, Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { compactNumber, duration, plural, usd } from '@/lib/format';
import { useSeconds } from '@/lib/use-now';
import { Badge } from '@/ui/badge';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { REASONS } from '@/ui/reasons';
import { Skeleton } from '@/ui/skeleton';
import { StateChip } from '@/ui/state-chip';
import { Time } from '@/ui/time';
import { runsQuery } from '../api';
import { allTokens } from '../page/spent';
import { Markdown } from '../text/markdown';

/** Each attempt: how it ended, why, what to do about it, how long it took and what it cost. */
export default function Runs({ task }: { task: Task }) {
  const query = useQuery({ ...runsQuery(task.id), select: (page) => page.items.toReversed() });
  if (query.isPending) return <Skeleton className="m-6 h-40" />;
  if (query.isError) return <ErrorState error={query.error} what="The runs" onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) {
    return (
      <EmptyState icon={CircleDashed} title="No run yet">
        Each attempt at the task is listed here.
      </EmptyState>
    );
  }
  return (
    <ol className="max-w-3xl space-y-3 p-4 md:px-8 md:py-6">
      {query.data.map((run) => (
        <RunCard key={run.attempt} run={run} task={task} />
      ))}
    </ol>
  );
}

function RunCard({ run, task }: { run: Run; task: Task }) {
  const isLive = !run.ended_at;
  const now = useSeconds(isLive);
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  const tokens = allTokens(run.usage);
  return (
    <li className="rounded-lg border bg-card p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-semibold">Run {run.attempt}</h2>
        {isLive ? <StateChip state={task.state} /> : run.outcome && <StateChip state={run.outcome} />}
        {run.reason && <Badge tone="outline">{REASONS[run.reason]}</Badge>}
        <span className="ml-auto text-muted-foreground text-sm">
          <Time at={run.created_at} focusable />
        </span>
      </div>
      {run.message && <p className="mt-2 whitespace-pre-wrap text-sm">{clean(run.message)}</p>}
      {run.remedy && (
        <div className="mt-1 text-muted-foreground [&_.run-prose]:text-sm">
          <Markdown text={run.remedy} />
        </div>
      )}
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-4">
        <Fact name="Took">{duration(end - Date.parse(run.started_at ?? run.created_at))}</Fact>
        <Fact name="Started after">
          {run.started_at ? duration(Date.parse(run.started_at) - Date.parse(run.created_at)) : '–'}
        </Fact>
        <Fact name="Cost">{usd(run.usage.cost_usd_micros ?? 0)}</Fact>
        <Fact name="Model">
          {compactNumber(tokens)} tokens, {plural(run.usage.turns ?? 0, 'turn')}
        </Fact>
        {typeof run.exit_code === 'number' && <Fact name="Exit code">{run.exit_code}</Fact>}
        {run.session_id && (
          <Fact name="Session" wide>
            <code className="font-mono text-xs">{clean(run.session_id)}</code>
          </Fact>
        )}
      </dl>
    </li>
  );
}

function Fact({ name, wide, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? 'col-span-2' : undefined}>
      <dt className="text-muted-foreground text-xs">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}

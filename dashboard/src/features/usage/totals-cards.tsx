import type { ReactNode } from 'react';
import type { Quantiles, UsageTotals } from '@/api/soon';
import { cn } from '@/lib/cn';
import { compactNumber as compact, duration, number, percent, usd } from '@/lib/format';
import { cacheShare, change, measure, successRate, tokens } from './maths';

/** The range in six numbers; beside three of them, how the range before it was. */
export function TotalsCards({ totals, previous }: { totals: UsageTotals; previous: UsageTotals | undefined }) {
  const rate = successRate(totals);
  const cached = cacheShare(totals);
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border lg:grid-cols-3 2xl:grid-cols-6">
      <Stat
        label="Cost"
        value={usd(measure.cost(totals))}
        delta={previous && change(measure.cost(totals), measure.cost(previous))}
        note={totals.tasks > 0 ? `${usd(measure.cost(totals) / totals.tasks)} a task` : 'no tasks'}
      />
      <Stat
        label="Tasks"
        value={number(totals.tasks)}
        delta={previous && change(totals.tasks, previous.tasks)}
        note={`${number(totals.succeeded)} succeeded · ${number(totals.failed)} failed · ${number(totals.canceled)} canceled`}
      />
      <Stat
        label="Success rate"
        value={rate === null ? '–' : percent(rate)}
        note={rate === null ? 'no task has ended' : 'of what was not canceled'}
      >
        <span aria-hidden className="mt-2 flex h-1.5 overflow-hidden rounded-full bg-muted">
          <span className="bg-success" style={{ width: `${(rate ?? 0) * 100}%` }} />
          {rate !== null && <span className="flex-1 bg-danger/70" />}
        </span>
      </Stat>
      <Stat
        label="Tokens"
        value={compact(tokens(totals))}
        delta={previous && change(tokens(totals), tokens(previous))}
        note={`${compact(totals.input_tokens + totals.cache_creation_tokens)} in · ${compact(totals.output_tokens)} out · ${compact(totals.cache_read_tokens)} cached`}
        title={cached === null ? undefined : `${percent(cached)} of the input was read from the cache`}
      />
      <Stat label="Duration" value={median(totals.duration_s)} note={p95(totals.duration_s)} />
      <Stat label="Queue wait" value={median(totals.queue_wait_s)} note={p95(totals.queue_wait_s)} />
    </dl>
  );
}

const median = (spread: Quantiles | null | undefined) => (spread ? duration(spread.median * 1000) : '–');
const p95 = (spread: Quantiles | null | undefined) =>
  spread ? `median · p95 ${duration(spread.p95 * 1000)}` : 'no task has ended';

type StatProps = {
  label: string;
  value: string;
  note: string;
  delta?: number | null | undefined;
  title?: string | undefined;
  children?: ReactNode;
};

function Stat({ label, value, note, delta, title, children }: StatProps) {
  return (
    <div className="min-w-0 bg-card p-4" title={title}>
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="mt-1 flex flex-wrap items-baseline gap-x-2 text-2xl font-semibold tracking-tight tabular-nums">
        {value}
        {delta !== undefined && delta !== null && Math.abs(delta) >= 0.005 && <Delta share={delta} />}
      </dd>
      <dd className={cn('mt-0.5 text-xs text-muted-foreground tabular-nums', children && 'mb-1')}>{note}</dd>
      {children && <dd>{children}</dd>}
    </div>
  );
}

const SIGNED = new Intl.NumberFormat('en-US', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

/** Up is neither good nor bad here, so it has no colour. */
function Delta({ share }: { share: number }) {
  const text = share > 9.99 ? '> +999%' : SIGNED.format(share);
  return (
    <span className="text-xs font-normal tracking-normal text-muted-foreground">
      {text}
      <span className="sr-only"> against the same time before</span>
    </span>
  );
}

import type { Quantiles, UsageTotals } from '@/api/types';
import { compactNumber as compact, duration, number, percent, usd } from '@/lib/format';
import { Figure, Figures } from '@/ui/figures';
import { cacheShare, change, measure, successRate, tokens } from './maths';

export const TOTALS_COLUMNS = 'lg:grid-cols-3 2xl:grid-cols-6';

/** The range in six numbers; beside three of them, how the range before it was. */
export function TotalsCards({ totals, previous }: { totals: UsageTotals; previous: UsageTotals | undefined }) {
  const rate = successRate(totals);
  const cached = cacheShare(totals);
  return (
    <Figures columns={TOTALS_COLUMNS}>
      <Figure
        label="Cost"
        value={withDelta(usd(measure.cost(totals)), previous && change(measure.cost(totals), measure.cost(previous)))}
        note={totals.tasks > 0 ? `${usd(measure.cost(totals) / totals.tasks)} a task` : 'no tasks'}
      />
      <Figure
        label="Tasks"
        value={withDelta(number(totals.tasks), previous && change(totals.tasks, previous.tasks))}
        note={`${number(totals.succeeded)} succeeded · ${number(totals.failed)} failed · ${number(totals.canceled)} canceled`}
      />
      <Figure
        label="Success rate"
        value={rate === null ? '–' : percent(rate)}
        note={rate === null ? 'no task has ended' : 'of what was not canceled'}
      >
        <span aria-hidden className="flex h-1.5 overflow-hidden rounded-full bg-muted">
          <span className="bg-success" style={{ width: `${(rate ?? 0) * 100}%` }} />
          {rate !== null && <span className="flex-1 bg-danger/70" />}
        </span>
      </Figure>
      <Figure
        label="Tokens"
        value={withDelta(compact(tokens(totals)), previous && change(tokens(totals), tokens(previous)))}
        note={`${compact(totals.input_tokens + totals.cache_creation_tokens)} in · ${compact(totals.output_tokens)} out · ${compact(totals.cache_read_tokens)} cached`}
        title={cached === null ? undefined : `${percent(cached)} of the input was read from the cache`}
      />
      <Figure label="Duration" value={median(totals.duration_s)} note={p95(totals.duration_s)} />
      <Figure label="Queue wait" value={median(totals.queue_wait_s)} note={p95(totals.queue_wait_s)} />
    </Figures>
  );
}

const median = (spread: Quantiles | null | undefined) => (spread ? duration(spread.median * 1000) : '–');
const p95 = (spread: Quantiles | null | undefined) =>
  spread ? `median · p95 ${duration(spread.p95 * 1000)}` : 'no task has ended';

const SIGNED = new Intl.NumberFormat('en-US', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

function withDelta(value: string, share: number | null | undefined) {
  if (share === undefined || share === null || Math.abs(share) < 0.005) return value;
  return (
    <>
      {value}
      {/* Up is neither good nor bad here, so it has no colour. */}
      <span className="font-normal text-muted-foreground text-xs tracking-normal">
        {share > 9.99 ? '> +999%' : SIGNED.format(share)}
        <span className="sr-only"> against the same time before</span>
      </span>
    </>
  );
}

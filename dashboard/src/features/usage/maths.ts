import type { UsageTotals as Totals, UsageReport } from '@/api/types';
import { clean } from '@/lib/clean';
import type { Values } from '@/ui/chart/geometry';
import { type Day, daysOf, length, longDay, monday, shortDay, span } from './days';
import type { Metric, Range } from './search';

/** The series that gathers whoever is not among the first. No group is called so: keys from the API have no blank. */
export const OTHER = ' other';

const MOST_SERIES = 5;
/** Beyond this many days a bar is a week. */
const MOST_DAYS = 92;

export const measure: Record<Metric, (totals: Totals) => number> = {
  cost: (totals) => totals.cost_usd_micros,
  tokens: tokens,
  tasks: (totals) => totals.tasks,
};

export function tokens(totals: Totals): number {
  return totals.input_tokens + totals.output_tokens + totals.cache_read_tokens + totals.cache_creation_tokens;
}

/** Of the tasks that came to an end by themselves, the share that succeeded; a canceled one says nothing. */
export function successRate(totals: Totals): number | null {
  const ended = totals.succeeded + totals.failed;
  return ended === 0 ? null : totals.succeeded / ended;
}

/** The share of what went into the model that it had read before, at a tenth of the price. */
export function cacheShare(totals: Totals): number | null {
  const read = totals.input_tokens + totals.cache_read_tokens + totals.cache_creation_tokens;
  return read === 0 ? null : totals.cache_read_tokens / read;
}

/** By how much `now` differs from `then`; `null` where there was nothing to compare with. */
export function change(now: number, then: number): number | null {
  return then === 0 ? null : (now - then) / then;
}

type Group = UsageReport['groups'][number];

type Series = { key: string; label: string; color: string };

/** Colour and place go by cost, whatever is shown: a series keeps both when the measure changes. */
export function seriesOf(groups: readonly Group[]): Series[] {
  const ranked = [...groups].sort(
    (a, b) => b.totals.cost_usd_micros - a.totals.cost_usd_micros || a.key.localeCompare(b.key),
  );
  const shown = ranked.length <= MOST_SERIES + 1 ? ranked : ranked.slice(0, MOST_SERIES);
  const rest = ranked.length - shown.length;
  return [
    ...shown.map((group, at) => ({
      key: group.key,
      label: clean(group.label) || 'unknown',
      color: `var(--chart-${at + 1})`,
    })),
    ...(rest > 0 ? [{ key: OTHER, label: `${rest} others`, color: 'var(--chart-6)' }] : []),
  ];
}

type Column = Range & { key: string; label: string; title: string; values: Values };

export function bucketOf(report: Range): 'day' | 'week' {
  return length(report.from, report.to) > MOST_DAYS ? 'week' : 'day';
}

/** A column for each day, or each week, of the range; days that the report leaves out are empty, not missing. */
export function columnsOf(report: UsageReport, series: readonly Series[], metric: Metric): Column[] {
  const known = new Set(series.map((it) => it.key));
  const byDay = new Map<Day, Record<string, number>>();
  for (const { date, groups } of report.days) {
    const values = byDay.get(date) ?? {};
    for (const { key, totals } of groups) {
      const into = known.has(key) ? key : OTHER;
      values[into] = (values[into] ?? 0) + measure[metric](totals);
    }
    byDay.set(date, values);
  }

  const days = daysOf(report.from, report.to);
  if (bucketOf(report) === 'day') {
    return days.map((day) => ({
      key: day,
      from: day,
      to: day,
      label: shortDay(day),
      title: longDay(day),
      values: byDay.get(day) ?? {},
    }));
  }
  const weeks = new Map<Day, Column>();
  for (const day of days) {
    const start = monday(day);
    const { from = day, values = {} } = weeks.get(start) ?? {};
    weeks.set(start, {
      key: start,
      from,
      to: day,
      label: shortDay(from),
      title: span(from, day),
      values: sum(values, byDay.get(day) ?? {}),
    });
  }
  return [...weeks.values()];
}

function sum(a: Values, b: Values): Values {
  const both: Record<string, number> = { ...a };
  for (const [key, value] of Object.entries(b)) both[key] = (both[key] ?? 0) + value;
  return both;
}

import type { UsageTotals as Totals, UsageReport } from '@/api/types';
import { plusDays } from './days';

const ZERO: Totals = {
  tasks: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  runs: 0,
  cost_usd_micros: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_creation_tokens: 0,
  run_seconds: 0,
  duration_s: null,
  queue_wait_s: null,
};

export function totals(some: Partial<Totals> = {}): Totals {
  return { ...ZERO, ...some };
}

function plus(a: Totals, b: Totals): Totals {
  const sum = { ...a };
  for (const [key, value] of Object.entries(b)) {
    if (typeof value === 'number') Object.assign(sum, { [key]: (a[key as keyof Totals] as number) + value });
  }
  return sum;
}

/** A report that adds up, the same one each time. */
export function report({
  days,
  groups,
  last = '2026-11-22',
}: {
  days: number;
  groups: number;
  last?: string;
}): UsageReport {
  const from = plusDays(last, 1 - days);
  const sums = new Map<string, Totals>();
  const list = Array.from({ length: days }, (_, day) => {
    const shares = Array.from({ length: groups }, (_, group) => {
      const tasks = (day * 7 + group * 3) % 11;
      const of = totals({
        tasks,
        succeeded: tasks - Math.floor(tasks / 5),
        failed: Math.floor(tasks / 5),
        runs: tasks + 1,
        cost_usd_micros: tasks * (groups - group) * 137_000,
        input_tokens: tasks * 900,
        output_tokens: tasks * 4_100,
        cache_read_tokens: tasks * 61_000,
        cache_creation_tokens: tasks * 7_000,
        run_seconds: tasks * 212,
      });
      const key = `m${group}`;
      sums.set(key, plus(sums.get(key) ?? ZERO, of));
      return { key, totals: of };
    });
    const whole = shares.reduce((sum, share) => plus(sum, share.totals), ZERO);
    return { date: plusDays(from, day), totals: whole, groups: shares };
  });
  const all = [...sums].map(([key, sum]) => ({ key, label: `Model ${key}`, totals: sum }));
  return {
    from,
    to: last,
    tz: 'UTC',
    group_by: 'model',
    totals: {
      ...all.reduce((sum, group) => plus(sum, group.totals), ZERO),
      duration_s: { median: 184, p95: 1_260 },
      queue_wait_s: { median: 3, p95: 41 },
    },
    groups: all,
    days: list,
    top_tasks: Array.from({ length: 5 }, (_, i) => ({
      id: `task_${String(i).padStart(32, '0')}`,
      title: `Costly task ${i}`,
      cost_usd_micros: (9 - i) * 412_000,
      ended_at: `${last}T1${i}:00:00Z`,
      state: i === 2 ? 'failed' : 'succeeded',
    })),
  };
}

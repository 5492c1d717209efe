import type { UsageReport } from '@/api/types';
import { tokens } from './maths';

export const USAGE_HEAD = [
  'date',
  'key',
  'label',
  'tasks',
  'succeeded',
  'failed',
  'canceled',
  'runs',
  'cost_usd',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'tokens',
  'run_seconds',
] as const;

/** A line for each day and group, with unrounded numbers: what a spreadsheet can add up. */
export function usageRows(report: UsageReport): (string | number)[][] {
  const labels = new Map(report.groups.map((group) => [group.key, group.label]));
  return report.days.flatMap(({ date, groups }) =>
    groups.map(({ key, totals }) => [
      date,
      key,
      labels.get(key) ?? key,
      totals.tasks,
      totals.succeeded,
      totals.failed,
      totals.canceled,
      totals.runs,
      totals.cost_usd_micros / 1e6,
      totals.input_tokens,
      totals.output_tokens,
      totals.cache_read_tokens,
      totals.cache_creation_tokens,
      tokens(totals),
      totals.run_seconds,
    ]),
  );
}

export function fileName(report: UsageReport, extension: 'csv' | 'json'): string {
  return `errand-usage-${report.from}-to-${report.to}.${extension}`;
}

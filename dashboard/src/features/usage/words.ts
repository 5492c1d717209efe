import { compactNumber, number, usd } from '@/lib/format';
import type { Metric } from './search';

export const METRIC_LABELS: Record<Metric, string> = { cost: 'Cost', tokens: 'Tokens', tasks: 'Tasks' };

export const METRIC_FORMATS: Record<Metric, (value: number) => string> = {
  cost: usd,
  tokens: compactNumber,
  tasks: number,
};

/** On the axis, whole dollars go without cents. */
export const TICK_FORMATS: Record<Metric, (value: number) => string> = {
  ...METRIC_FORMATS,
  cost: (micros) => (micros % 1e6 === 0 ? `$${number(micros / 1e6)}` : usd(micros)),
};

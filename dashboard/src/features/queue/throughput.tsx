import { useMemo } from 'react';
import type { QueueView } from '@/api/types';
// The chart is of nobody's feature; it stands where it was first needed.
import { StackedBars } from '@/ui/chart/stacked-bars';
import type { ChartSeries } from '@/ui/chart/types';

const SERIES: ChartSeries[] = [
  { key: 'succeeded', label: 'Succeeded', color: 'var(--chart-4)' },
  { key: 'failed', label: 'Failed', color: 'var(--chart-5)' },
  { key: 'canceled', label: 'Canceled', color: 'var(--chart-6)' },
];

const whole = (value: number) => value.toLocaleString('en');

export function Throughput({ hours, zone }: { hours: QueueView['throughput']; zone: string }) {
  const columns = useMemo(() => {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
    const full = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
    return hours.map(({ hour, succeeded, failed, canceled }) => {
      const from = new Date(hour);
      const to = new Date(from.getTime() + 3_600_000);
      return {
        key: hour,
        label: clock.format(from),
        title: `${full.format(from)} – ${clock.format(to)}`,
        values: { succeeded, failed, canceled },
      };
    });
  }, [hours, zone]);
  return (
    <StackedBars
      title="Tasks that ended, per hour"
      unit="Hour"
      columns={columns}
      series={SERIES}
      format={whole}
      whole
      height={220}
    />
  );
}

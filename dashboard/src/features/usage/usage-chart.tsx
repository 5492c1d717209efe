import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { UsageReport } from '@/api/soon';
import { StackedBars } from './chart/stacked-bars';
import type { ChartColumn } from './chart/types';
import { columnsOf, seriesOf } from './maths';
import type { Metric } from './search';
import { METRIC_FORMATS, METRIC_LABELS, TICK_FORMATS } from './words';

interface UsageChartProps {
  report: UsageReport;
  metric: Metric;
  hide: string[];
  onHide: (hide: string[]) => void;
}

export function UsageChart({ report, metric, hide, onHide }: UsageChartProps) {
  const navigate = useNavigate();
  const series = useMemo(() => seriesOf(report.groups), [report]);
  const columns: ChartColumn[] = useMemo(
    () =>
      columnsOf(report, series, metric).map((column) => ({
        ...column,
        href: `/tasks?${new URLSearchParams({ view: 'all', from: column.from, to: column.to })}`,
      })),
    [report, series, metric],
  );
  const hidden = useMemo(() => new Set(hide), [hide]);
  const toggle = (key: string) => {
    const next = hidden.has(key) ? hide.filter((it) => it !== key) : [...hide, key];
    // Hiding the last one shows them all again: an empty chart helps nobody.
    onHide(series.every((it) => next.includes(it.key)) ? [] : next);
  };
  return (
    <StackedBars
      title={`${METRIC_LABELS[metric]} per day, by ${report.group_by}`}
      unit="Day"
      columns={columns}
      series={series}
      format={METRIC_FORMATS[metric]}
      formatTick={TICK_FORMATS[metric]}
      whole={metric === 'tasks'}
      height={280}
      hidden={hidden}
      onToggle={toggle}
      onFollow={(href) => void navigate({ href })}
      followHint="Opens the tasks of this day"
    />
  );
}

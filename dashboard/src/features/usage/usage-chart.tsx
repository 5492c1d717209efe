import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { UsageReport } from '@/api/types';
import { StackedBars } from '@/ui/chart/stacked-bars';
import { bucketOf, columnsOf, seriesOf } from './maths';
import type { Metric } from './search';
import { tasksOf } from './tasks-link';
import { METRIC_FORMATS, METRIC_LABELS, TICK_FORMATS } from './words';

interface UsageChartProps {
  report: UsageReport;
  metric: Metric;
  scope: 'mine' | 'all';
  hide: string[];
  onHide: (hide: string[]) => void;
}

export function UsageChart({ report, metric, scope, hide, onHide }: UsageChartProps) {
  const navigate = useNavigate();
  const bucket = bucketOf(report);
  const series = useMemo(() => seriesOf(report.groups), [report]);
  const hidden = useMemo(() => new Set(hide), [hide]);
  const columns = useMemo(() => {
    const shown = series.filter((it) => !hidden.has(it.key));
    const only = shown.length === 1 ? shown[0]?.key : undefined;
    return columnsOf(report, series, metric).map((column) => ({
      ...column,
      href: tasksOf(column, { scope, by: report.group_by, only }),
    }));
  }, [report, series, hidden, metric, scope]);
  const toggle = (key: string) => {
    const next = hidden.has(key) ? hide.filter((it) => it !== key) : [...hide, key];
    // Hiding the last one shows them all again: an empty chart helps nobody.
    onHide(series.every((it) => next.includes(it.key)) ? [] : next);
  };
  return (
    <StackedBars
      title={`${METRIC_LABELS[metric]} per ${bucket}, by ${report.group_by}`}
      unit={bucket === 'day' ? 'Day' : 'Week'}
      columns={columns}
      series={series}
      format={METRIC_FORMATS[metric]}
      formatTick={TICK_FORMATS[metric]}
      whole={metric === 'tasks'}
      height={280}
      hidden={hidden}
      onToggle={toggle}
      onFollow={(href) => void navigate({ href })}
      followHint={`Opens the tasks of this ${bucket}`}
    />
  );
}

import { BarChart3, Table2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { ChartTable } from './chart-table';
import { Legend } from './legend';
import { Plot } from './plot';
import type { StackedBarsProps } from './types';

/**
 * Stacked bars.
 *
 * Every column is one stop for arrow keys and speaks its numbers; the same numbers are one button away as a table. What a
 * pointer finds, a focus finds.
 */
export function StackedBars(props: StackedBarsProps) {
  const { title, unit, columns, series, format, hidden, onToggle } = props;
  const [asTable, setAsTable] = useState(false);
  const shown = useMemo(() => series.filter((it) => !hidden?.has(it.key)), [series, hidden]);

  return (
    <figure className="min-w-0 space-y-3" aria-label={title}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <Legend series={series} hidden={hidden} onToggle={onToggle} />
        <button
          type="button"
          onClick={() => setAsTable((it) => !it)}
          className="ml-auto inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-xs text-muted-foreground hover:bg-muted hover:text-foreground"
        >
          {asTable ? <BarChart3 aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
          {asTable ? 'Show as chart' : 'Show as table'}
        </button>
      </div>
      {asTable ? (
        <ChartTable title={title} unit={unit} columns={columns} series={shown} format={format} />
      ) : (
        <Plot {...props} series={shown} />
      )}
    </figure>
  );
}

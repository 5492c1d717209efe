import type { Bar } from './geometry';
import type { ChartColumn, ChartSeries } from './types';

const WIDTH = 208;

type Props = {
  column: ChartColumn;
  bar: Bar;
  width: number;
  series: readonly ChartSeries[];
  format: (value: number) => string;
  hint: string | undefined;
};

/** The numbers of one column, beside it. For eyes only: the column itself speaks them. */
export function ChartTip({ column, bar, width, series, format, hint }: Props) {
  const right = bar.band.x + bar.band.width + 8;
  const left = right + WIDTH <= width ? right : Math.max(0, bar.band.x - 8 - WIDTH);
  const byKey = new Map(series.map((it) => [it.key, it]));
  const rows = [...bar.segments].reverse();
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-2 z-10 rounded-lg border bg-card p-3 text-xs shadow-lg"
      style={{ left, width: WIDTH }}
    >
      <p className="flex justify-between gap-3 font-medium">
        <span>{column.title}</span>
        <span className="tabular-nums">{format(bar.total)}</span>
      </p>
      {rows.length > 0 ? (
        <ul className="mt-2 space-y-1">
          {rows.map((segment) => (
            <li key={segment.key} className="flex items-center gap-1.5">
              <span className="size-2 shrink-0 rounded-[2px]" style={{ background: byKey.get(segment.key)?.color }} />
              <span className="truncate text-muted-foreground">{byKey.get(segment.key)?.label}</span>
              <span className="ml-auto tabular-nums">{format(segment.value)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="mt-1 text-muted-foreground">Nothing.</p>
      )}
      {hint && rows.length > 0 && <p className="mt-2 border-t pt-2 text-muted-foreground">{hint}</p>}
    </div>
  );
}

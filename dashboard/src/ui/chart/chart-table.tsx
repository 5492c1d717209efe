import { total } from './geometry';
import type { ChartColumn, ChartSeries } from './types';

type Props = {
  title: string;
  unit: string;
  columns: readonly ChartColumn[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
};

/** The chart in numbers. */
export function ChartTable({ title, unit, columns, series, format }: Props) {
  const keys = series.map((it) => it.key);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="max-h-80 overflow-auto rounded-md border" tabIndex={0} aria-label={`${title}, as a table`}>
      <table className="w-full whitespace-nowrap text-sm">
        <thead className="sticky top-0 bg-muted text-xs text-muted-foreground">
          <tr>
            <th scope="col" className="px-3 py-2 text-left font-medium">
              {unit}
            </th>
            {series.map((it) => (
              <th key={it.key} scope="col" className="max-w-40 truncate px-3 py-2 text-right font-medium">
                {it.label}
              </th>
            ))}
            <th scope="col" className="px-3 py-2 text-right font-medium">
              Total
            </th>
          </tr>
        </thead>
        <tbody className="divide-y tabular-nums">
          {columns.map((column) => (
            <tr key={column.key}>
              <th scope="row" className="px-3 py-1.5 text-left font-normal">
                {column.title}
              </th>
              {series.map((it) => (
                <td key={it.key} className="px-3 py-1.5 text-right">
                  {format(column.values[it.key] ?? 0)}
                </td>
              ))}
              <td className="px-3 py-1.5 text-right font-medium">{format(total(column.values, keys))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

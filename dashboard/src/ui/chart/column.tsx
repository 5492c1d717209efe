import type { MouseEvent } from 'react';
import { cn } from '@/lib/cn';
import type { Bar, Box } from './geometry';
import type { ChartColumn, ChartSeries } from './types';

type ColumnProps = {
  column: ChartColumn;
  bar: Bar;
  box: Box;
  series: readonly ChartSeries[];
  format: (value: number) => string;
  named: boolean;
  active: boolean;
  dimmed: boolean;
  tabIndex: number;
  onEnter: () => void;
  onFocus: () => void;
  onBlur: () => void;
  onFollow: ((href: string) => void) | undefined;
};

/** One bar: a stop for pointer and arrow keys, which speaks its numbers, and a link where it leads somewhere. */
export function Column({
  column,
  bar,
  box,
  series,
  format,
  named,
  active,
  dimmed,
  onEnter,
  onFollow,
  ...rest
}: ColumnProps) {
  const colors = new Map(series.map((it) => [it.key, it.color]));
  const inside = (
    <>
      <rect
        className="chart-band"
        x={bar.band.x}
        y={1}
        width={bar.band.width}
        height={box.height - box.bottom}
        rx={3}
      />
      <g aria-hidden className={cn('transition-opacity', dimmed && 'opacity-45')}>
        {bar.segments.map((segment) => (
          <rect
            key={segment.key}
            x={bar.x}
            y={segment.y}
            width={bar.width}
            // A hair of background between two series keeps them apart whatever their colours.
            height={Math.max(0.5, segment.height - (segment.height > 3 ? 1 : 0))}
            rx={Math.min(1, bar.width / 8)}
            fill={colors.get(segment.key)}
          />
        ))}
      </g>
      {named && (
        <text
          aria-hidden
          x={bar.band.x + bar.band.width / 2}
          y={box.height - 6}
          textAnchor="middle"
          className="fill-muted-foreground text-[11px]"
        >
          {column.label}
        </text>
      )}
    </>
  );
  const common = {
    className: 'chart-column',
    'data-active': active,
    'aria-label': spoken(column, bar, series, format),
    onPointerEnter: onEnter,
    ...rest,
  };
  if (!column.href) {
    return (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it can be focused to be read, not to be used
      <g role="img" {...common}>
        {inside}
      </g>
    );
  }
  const href = column.href;
  return (
    <a
      {...common}
      href={href}
      onClick={(event: MouseEvent) => {
        // A new tab or window is the browser's business.
        if (!onFollow || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        onFollow(href);
      }}
    >
      {inside}
    </a>
  );
}

function spoken(
  column: ChartColumn,
  bar: Bar,
  series: readonly ChartSeries[],
  format: (value: number) => string,
): string {
  const labels = new Map(series.map((it) => [it.key, it.label]));
  const parts = bar.segments.map((segment) => `${labels.get(segment.key)} ${format(segment.value)}`);
  const sum = `${column.title}: ${format(bar.total)}`;
  return parts.length > 1 ? `${sum} (${parts.join(', ')})` : sum;
}

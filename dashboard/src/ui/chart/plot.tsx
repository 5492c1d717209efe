import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { ChartTip } from './chart-tip';
import { Column } from './column';
import { type Box, bars, labelled, moved, scale, total, yOf } from './geometry';
import type { StackedBarsProps } from './types';
import { useWidth } from './use-width';
import './chart.css';

const LABEL_ROOM = 58;
const CHAR = 6.4;

export function Plot({
  title,
  columns,
  series,
  format,
  formatTick = format,
  whole = false,
  height = 240,
  onFollow,
  followHint,
}: StackedBarsProps) {
  const [frame, width] = useWidth<HTMLDivElement>(640);
  const svg = useRef<SVGSVGElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const [stop, setStop] = useState(0);

  const keys = useMemo(() => series.map((it) => it.key), [series]);
  const { box, drawn, ticks, top, names } = useMemo(() => {
    const max = Math.max(0, ...columns.map((column) => total(column.values, keys)));
    const { top, ticks } = scale(max, 5, whole);
    const widest = Math.max(...ticks.map((tick) => formatTick(tick).length));
    const box: Box = { width, height, left: Math.ceil(widest * CHAR) + 10, right: 0, top: 8, bottom: 24 };
    return {
      box,
      ticks,
      top,
      drawn: bars(
        columns.map((column) => column.values),
        keys,
        top,
        box,
      ),
      names: new Set(labelled(columns.length, width - box.left, LABEL_ROOM)),
    };
  }, [columns, keys, width, height, whole, formatTick]);

  const focusable = Math.min(stop, Math.max(0, columns.length - 1));
  const at = active === null ? undefined : columns[active];
  const bar = active === null ? undefined : drawn[active];

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape') return setActive(null);
    const to = moved(event.key, focusable, columns.length);
    if (to === null) return;
    event.preventDefault();
    setStop(to);
    svg.current?.querySelectorAll<SVGElement>('.chart-column')[to]?.focus();
  }

  return (
    <div ref={frame} className="relative">
      {/* biome-ignore lint/a11y/useSemanticElements: there is no fieldset in a drawing */}
      <svg
        ref={svg}
        width={width}
        height={height}
        role="group"
        aria-label={`${title}. Arrow keys move between the bars.`}
        className="block max-w-full overflow-visible select-none"
        onPointerLeave={() => setActive(null)}
        onKeyDown={onKeyDown}
      >
        <Axis ticks={ticks} top={top} box={box} format={formatTick} />
        {ticks.length === 1 && (
          <text x="50%" y="45%" textAnchor="middle" className="fill-muted-foreground text-[13px]">
            Nothing in this time
          </text>
        )}
        {columns.map((column, i) => {
          const bar = drawn[i];
          if (!bar) return null;
          return (
            <Column
              key={column.key}
              column={column}
              bar={bar}
              box={box}
              series={series}
              format={format}
              named={names.has(i)}
              active={active === i}
              dimmed={active !== null && active !== i}
              tabIndex={i === focusable ? 0 : -1}
              onEnter={() => setActive(i)}
              onFocus={() => {
                setStop(i);
                setActive(i);
              }}
              onBlur={() => setActive(null)}
              onFollow={onFollow}
            />
          );
        })}
      </svg>
      {at && bar && (
        <ChartTip column={at} bar={bar} width={width} series={series} format={format} hint={at.href && followHint} />
      )}
    </div>
  );
}

function Axis({
  ticks,
  top,
  box,
  format,
}: {
  ticks: readonly number[];
  top: number;
  box: Box;
  format: (value: number) => string;
}) {
  return (
    <g aria-hidden>
      {ticks.map((tick) => {
        const y = Math.round(yOf(tick, top, box)) + 0.5;
        return (
          <g key={tick}>
            <line
              x1={box.left}
              x2={box.width}
              y1={y}
              y2={y}
              className={tick === 0 ? 'stroke-muted-foreground/50' : 'stroke-border'}
              strokeDasharray={tick === 0 ? undefined : '2 3'}
            />
            <text
              x={box.left - 8}
              y={y + 3.5}
              textAnchor="end"
              className="fill-muted-foreground text-[11px] tabular-nums"
            >
              {format(tick)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

import { cn } from '@/lib/cn';
import type { ChartSeries } from './types';

type Props = {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string> | undefined;
  onToggle: ((key: string) => void) | undefined;
};

/** Names the colours; where it can, each name shows and hides its series. */
export function Legend({ series, hidden, onToggle }: Props) {
  return (
    <ul className="-ml-2 flex min-w-0 flex-1 flex-wrap gap-x-1 gap-y-1 text-xs" aria-label="Series">
      {series.map((it) => {
        const off = hidden?.has(it.key) ?? false;
        const dot = (
          <span
            aria-hidden
            className={cn('size-2.5 shrink-0 rounded-[3px] border-2', off && 'bg-transparent!')}
            style={{ background: it.color, borderColor: it.color }}
          />
        );
        return (
          <li key={it.key} className="min-w-0">
            {onToggle ? (
              <button
                type="button"
                aria-pressed={!off}
                onClick={() => onToggle(it.key)}
                className="inline-flex h-7 max-w-56 items-center gap-1.5 rounded-md px-2 hover:bg-muted"
              >
                {dot}
                <span className={cn('truncate', off && 'text-muted-foreground line-through')}>{it.label}</span>
              </button>
            ) : (
              <span className="inline-flex h-7 max-w-56 items-center gap-1.5 px-2">
                {dot}
                <span className="truncate">{it.label}</span>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

import { fullness } from './words';

const R = 70;
const HALF = Math.PI * R;
const ARC = `M ${80 - R} 80 A ${R} ${R} 0 0 1 ${80 + R} 80`;

/** How many of the slots are taken. Above the limit the arc is full, and says so. */
export function Gauge({ running, limit }: { running: number; limit: number }) {
  const share = limit > 0 ? Math.min(1, running / limit) : running > 0 ? 1 : 0;
  const color = share >= 1 ? 'stroke-warning' : 'stroke-running';
  return (
    <div className="flex flex-col items-center">
      {/* biome-ignore lint/a11y/useSemanticElements: a <meter> cannot be drawn as an arc */}
      <div
        role="meter"
        aria-label="Running tasks"
        aria-valuemin={0}
        aria-valuemax={Math.max(limit, running)}
        aria-valuenow={running}
        aria-valuetext={`${running} of ${limit}`}
        className="relative"
      >
        <svg viewBox="0 0 160 92" className="w-44" aria-hidden>
          <path d={ARC} fill="none" strokeWidth={12} strokeLinecap="round" className="stroke-muted" />
          {share > 0 && (
            <path
              d={ARC}
              fill="none"
              strokeWidth={12}
              strokeLinecap="round"
              strokeDasharray={`${HALF * share} ${HALF}`}
              className={`${color} transition-[stroke-dasharray] duration-500`}
            />
          )}
        </svg>
        <p aria-hidden className="absolute inset-x-0 bottom-0 text-center tabular-nums">
          <span className="text-3xl font-semibold tracking-tight">{running}</span>
          <span className="text-muted-foreground"> / {limit}</span>
        </p>
      </div>
      <p className="mt-1 text-center text-xs text-muted-foreground">{fullness(running, limit)}</p>
    </div>
  );
}

import { CircleCheck } from 'lucide-react';
import type { BulkProgress as Progress } from '@/api/bulk';
import { Button } from '@/ui/button';
import { DialogActions } from '@/ui/dialog';
import { type SWEEPS, skippedText } from './sweep';
import type { SweepState } from './use-sweep';
import { tasks } from './words';

interface BulkProgressProps {
  words: (typeof SWEEPS)[keyof typeof SWEEPS];
  /** How many the preview found: more may have come since. */
  expected: number;
  sweep: SweepState & { stop: () => void };
  onResume: () => void;
  onClose: () => void;
}

export function BulkProgress({ words, expected, sweep, onResume, onClose }: BulkProgressProps) {
  const { phase, progress, problem } = sweep;
  const total = Math.max(expected, progress.matched, 1);
  const seen = phase === 'done' ? total : progress.matched;
  return (
    <div>
      <div
        role="progressbar"
        aria-label={words.title}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={seen}
        className="h-2 overflow-hidden rounded-full bg-muted"
      >
        <div
          className={`h-full rounded-full transition-[width] duration-300 ${phase === 'failed' ? 'bg-danger' : 'bg-primary'}`}
          style={{ width: `${(seen / total) * 100}%` }}
        />
      </div>
      <p className="mt-3 flex items-center gap-2" role="status">
        {phase === 'done' && <CircleCheck aria-hidden className="size-4 shrink-0 text-success" />}
        <span>
          <strong className="font-semibold tabular-nums">{tasks(progress.changed)}</strong> {words.done}
          {phase === 'running' && ' so far'}
          {phase === 'stopped' && '. Stopped: the rest is as it was'}.
        </span>
      </p>
      <Skipped skipped={progress.skipped} />
      {problem && phase === 'failed' && (
        <p role="alert" className="mt-3 text-danger text-sm">
          {problem.message} What was {words.done} stays so; going on takes up where it stopped.
        </p>
      )}
      <DialogActions>
        {phase === 'running' ? (
          <Button variant="outline" onClick={sweep.stop}>
            Stop
          </Button>
        ) : (
          <>
            {phase !== 'done' && (
              <Button variant="outline" onClick={onResume}>
                Go on
              </Button>
            )}
            <Button onClick={onClose}>Close</Button>
          </>
        )}
      </DialogActions>
    </div>
  );
}

function Skipped({ skipped }: Pick<Progress, 'skipped'>) {
  const kinds = Object.entries(skipped);
  if (kinds.length === 0) return null;
  return (
    <ul className="mt-1 pl-6 text-muted-foreground text-sm">
      {kinds.map(([code, count]) => (
        <li key={code}>
          {tasks(count)} left alone: {skippedText(code)}
        </li>
      ))}
    </ul>
  );
}

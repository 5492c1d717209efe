import { CircleCheck } from 'lucide-react';
import type { BulkAction } from '@/api/types';
import { plural } from '@/lib/format';
import { Button } from '../button';
import { DialogActions } from '../dialog';
import { Skipped } from './skipped';
import type { BulkState } from './use-bulk';
import { BULK } from './words';

interface BulkRunProps {
  action: BulkAction;
  label: string;
  /** How many the look found: more may have come since. */
  expected: number;
  state: BulkState;
  onStop: () => void;
  onGoOn: () => void;
  onClose: () => void;
}

/** How far it is, and what was left alone. */
export function BulkRun({ action, label, expected, state, onStop, onGoOn, onClose }: BulkRunProps) {
  const { phase, progress, problem } = state;
  const { done } = BULK[action];
  const total = Math.max(expected, progress.matched, 1);
  const seen = phase === 'done' ? total : progress.matched;
  return (
    <div>
      <div
        role="progressbar"
        aria-label={label}
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
          <strong className="font-semibold tabular-nums">{plural(progress.changed, 'task')}</strong> {done}
          {phase === 'running' && ' so far'}
          {phase === 'stopped' && '. Stopped: the rest is as it was'}.
        </span>
      </p>
      <Skipped skipped={progress.skipped} className="mt-1 text-muted-foreground text-sm" />
      {problem && (
        <p role="alert" className="mt-3 text-danger text-sm">
          {problem.message} What has been done stays done; going on takes up where it stopped.
        </p>
      )}
      <DialogActions>
        {phase === 'running' ? (
          <Button variant="outline" onClick={onStop}>
            Stop
          </Button>
        ) : (
          <>
            {phase !== 'done' && (
              <Button variant="outline" onClick={onGoOn}>
                Go on
              </Button>
            )}
            <Button onClick={onClose}>{phase === 'done' ? 'Done' : 'Close'}</Button>
          </>
        )}
      </DialogActions>
    </div>
  );
}

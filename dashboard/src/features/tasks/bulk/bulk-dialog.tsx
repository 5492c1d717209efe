import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type BulkProgress, type BulkTarget, runBulk } from '@/api/bulk';
import { toProblem } from '@/api/problem';
import type { BulkAction } from '@/api/soon';
import { taskKeys } from '@/api/tasks';
import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { BULK, skippedWord } from './words';

interface BulkDialogProps {
  action: BulkAction;
  target: BulkTarget;
  /** How many it is about; undefined where only the server will know. */
  count: number | undefined;
  onClose: (done: boolean) => void;
}

/** Asks, shows how far it is, and says in the end what was changed and what was not. */
export function BulkDialog({ action, target, count, onClose }: BulkDialogProps) {
  const words = BULK[action];
  const { progress, running, error, start, stop } = useBulk(action, target);
  const subject = count === undefined ? 'all matching tasks' : plural(count, 'task');
  const over = progress?.done ?? false;
  const begun = progress !== undefined || running;
  return (
    <Dialog open onOpenChange={(open) => !open && !running && onClose(begun)}>
      <DialogContent
        title={over ? summary(progress, words.done) : begun ? `${words.doing} ${subject}` : `${words.verb} ${subject}?`}
        description={begun ? undefined : words.about}
      >
        {begun && <Progress progress={progress} total={count} />}
        {error !== undefined && (
          <p role="alert" className="mt-3 text-danger text-sm">
            {toProblem(error).message} What has been done stays done.
          </p>
        )}
        {over && progress && Object.keys(progress.skipped).length > 0 && <Skipped skipped={progress.skipped} />}
        <DialogActions>
          {over ? (
            <Button onClick={() => onClose(true)}>Done</Button>
          ) : running ? (
            <Button variant="outline" onClick={stop}>
              Stop here
            </Button>
          ) : (
            <>
              <Button variant="outline" onClick={() => onClose(begun)}>
                {begun ? 'Close' : 'Keep as they are'}
              </Button>
              <Button variant={words.danger ? 'danger' : 'primary'} onClick={start}>
                {begun ? 'Go on' : `${words.verb} ${subject}`}
              </Button>
            </>
          )}
        </DialogActions>
      </DialogContent>
    </Dialog>
  );
}

function useBulk(action: BulkAction, target: BulkTarget) {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<BulkProgress>();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const start = async () => {
    const own = new AbortController();
    const { signal } = own;
    controller.current = own;
    setError(undefined);
    setRunning(true);
    try {
      for await (const step of runBulk(action, target, signal, progress)) setProgress(step);
    } catch (caught) {
      if (!signal.aborted) setError(caught);
    }
    setRunning(false);
    void queryClient.invalidateQueries({ queryKey: taskKeys.lists });
    void queryClient.invalidateQueries({ queryKey: taskKeys.counts });
  };
  const stop = () => controller.current?.abort();
  return { progress, running, error, start: () => void start(), stop };
}

const summary = (progress: BulkProgress | undefined, done: string) =>
  `${plural(progress?.changed ?? 0, 'task')} ${done}`;

function Progress({ progress, total }: { progress: BulkProgress | undefined; total: number | undefined }) {
  const done = progress?.matched ?? 0;
  const share = progress?.done ? 1 : total ? Math.min(1, done / total) : undefined;
  return (
    <div className="grid gap-1.5">
      <div
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={total ?? done}
        aria-valuenow={done}
        className="h-1.5 overflow-hidden rounded-full bg-muted"
      >
        <div
          className={
            share === undefined ? 'h-full w-1/3 animate-pulse bg-primary' : 'h-full bg-primary transition-[width]'
          }
          style={share === undefined ? undefined : { width: `${share * 100}%` }}
        />
      </div>
      <p role="status" className="text-muted-foreground text-sm tabular-nums">
        {done}
        {total === undefined ? '' : ` of ${total}`} done
      </p>
    </div>
  );
}

function Skipped({ skipped }: { skipped: BulkProgress['skipped'] }) {
  return (
    <ul className="mt-3 text-muted-foreground text-sm">
      {Object.entries(skipped).map(([code, count]) => (
        <li key={code}>
          {plural(count, 'task')} left alone: {skippedWord(code)}
        </li>
      ))}
    </ul>
  );
}

import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkPreview, BulkTarget } from '@/api/bulk';
import { toProblem } from '@/api/problem';
import type { BulkAction } from '@/api/types';
import { number } from '@/lib/format';
import { Button } from '../button';
import { DialogActions } from '../dialog';
import { Skeleton } from '../skeleton';
import { isTyped, TypedPhrase } from '../typed-phrase';
import { Named } from './named';
import { Skipped } from './skipped';
import { BULK } from './words';

interface BulkQuestionProps {
  action: BulkAction;
  target: BulkTarget;
  look: UseQueryResult<BulkPreview>;
  onGo: () => void;
  onClose: () => void;
}

/** What would happen, before it does; the number must be typed where nobody picked the tasks one by one. */
export function BulkQuestion({ action, target, look, onGo, onClose }: BulkQuestionProps) {
  const words = BULK[action];
  const [typed, setTyped] = useState('');
  const meant = look.isSuccess ? look.data.matched : 0;
  const subject = `${number(meant)}${look.data?.more ? '+' : ''} ${meant === 1 ? 'task' : 'tasks'}`;
  const deed = words.deed(subject);
  const mustType = 'filter' in target && action !== 'review';
  const ready = meant > 0 && (!mustType || isTyped(typed, deed));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onGo();
      }}
    >
      <div className="rounded-lg bg-muted px-4 py-3 text-sm" aria-live="polite" aria-busy={look.isFetching}>
        {look.isPending ? (
          <div className="space-y-2">
            <span className="sr-only">Counting</span>
            <Skeleton className="h-4 w-44 bg-border" />
            <Skeleton className="h-3 w-64 max-w-full bg-border" />
          </div>
        ) : look.isError ? (
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span>{toProblem(look.error).message}</span>
            <Button variant="link" size="inline" className="min-h-6" onClick={() => void look.refetch()}>
              Look again
            </Button>
          </div>
        ) : (
          <>
            <p>
              {meant === 0 ? (
                'There is nothing to do now.'
              ) : (
                <>
                  <strong className="font-semibold">{subject}</strong> {meant === 1 ? 'is' : 'are'} meant. Nothing has
                  happened yet.
                </>
              )}
            </p>
            <Named ids={look.data.tasks} of={meant} />
            <Skipped skipped={look.data.skipped} />
          </>
        )}
      </div>
      {mustType && meant > 0 && (
        <TypedPhrase className="mt-4" phrase={deed.toLowerCase()} value={typed} onChange={setTyped} />
      )}
      <DialogActions>
        <Button variant="outline" onClick={onClose}>
          Keep as it is
        </Button>
        <Button type="submit" variant={words.danger ? 'danger' : 'primary'} disabled={!ready}>
          {meant > 0 ? deed : words.verb}
        </Button>
      </DialogActions>
    </form>
  );
}

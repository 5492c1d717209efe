import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { type BulkPreview, type BulkTarget, leftAlone } from '@/api/bulk';
import { toProblem } from '@/api/problem';
import type { BulkAction } from '@/api/types';
import { number } from '@/lib/format';
import { Button } from '../button';
import { DialogActions } from '../dialog';
import { Skeleton } from '../skeleton';
import { isTyped, TypedPhrase } from '../typed-phrase';
import { Newest } from './newest';
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
  const would = look.isSuccess ? look.data.matched - leftAlone(look.data.skipped) : 0;
  const subject = `${number(would)}${look.data?.more ? '+' : ''} ${would === 1 ? 'task' : 'tasks'}`;
  const deed = words.deed(subject);
  const mustType = 'filter' in target && action !== 'review';
  const ready = would > 0 && (!mustType || isTyped(typed, deed));
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
              {would === 0 ? (
                'There is nothing to do now.'
              ) : (
                <>
                  <strong className="font-semibold">{subject}</strong> would be {words.done}. Nothing has happened yet.
                </>
              )}
            </p>
            {'filter' in target && would > 0 && <Newest target={target} of={would} />}
            <Skipped skipped={look.data.skipped} />
          </>
        )}
      </div>
      {mustType && would > 0 && (
        <TypedPhrase className="mt-4" phrase={deed.toLowerCase()} value={typed} onChange={setTyped} />
      )}
      <DialogActions>
        <Button variant="outline" onClick={onClose}>
          Keep as it is
        </Button>
        <Button type="submit" variant={words.danger ? 'danger' : 'primary'} disabled={!ready}>
          {would > 0 ? deed : words.verb}
        </Button>
      </DialogActions>
    </form>
  );
}

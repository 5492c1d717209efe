import type { BulkFilter } from '@/api/bulk';

/** What can be done to everybody’s tasks at once. */
export type Sweep = 'retry' | 'cancel';

/** Which tasks a sweep may mean, in the order in which it offers them: the mildest first. */
export interface Target {
  key: string;
  label: string;
  hint: string;
  filter: BulkFilter;
}

interface SweepWords {
  title: string;
  description: string;
  verb: string;
  /** “37 tasks would be …”, “37 tasks were …”. */
  done: string;
  danger: boolean;
  targets: readonly [Target, ...Target[]];
}

export const SWEEPS: Record<Sweep, SweepWords> = {
  retry: {
    title: 'Retry all that failed',
    description: 'Each gets a new run, with new attempts. They join the end of the queue of their priority.',
    verb: 'Retry',
    done: 'retried',
    danger: false,
    targets: [
      {
        key: 'lost',
        label: 'What lost its runner',
        hint: 'The container went away in the middle of the work',
        filter: { state: ['failed'], reason: 'lost' },
      },
      {
        key: 'model',
        label: 'What failed at the model',
        hint: 'The model did not answer, or answered with an error',
        filter: { state: ['failed'], reason: 'model_error' },
      },
      { key: 'failed', label: 'Everything that failed', hint: 'Whatever the reason', filter: { state: ['failed'] } },
    ],
  },
  cancel: {
    title: 'Cancel all',
    description: 'Everyone’s, not only yours. A canceled task can be retried, but what a run has done so far is lost.',
    verb: 'Cancel',
    done: 'canceled',
    danger: true,
    targets: [
      {
        key: 'waiting',
        label: 'What waits',
        hint: 'Queued and scheduled; nothing that runs is touched',
        filter: { state: ['queued', 'scheduled'] },
      },
      {
        key: 'live',
        label: 'What waits and what runs',
        hint: 'Runs are stopped in the middle of their work',
        filter: { state: ['queued', 'scheduled', 'starting', 'running', 'waiting'] },
      },
    ],
  },
};

/** Why a task was left alone, for people; a code that is not known is shown as it is. */
const SKIPPED: Record<string, string> = {
  not_over: 'had already been taken up again',
  already_over: 'had already ended',
  over: 'had already ended',
  no_attempts: 'have no attempts left',
  queue_full: 'because their owner’s queue is full',
  gone: 'were deleted meanwhile',
  conflict: 'changed meanwhile',
};

export const skippedText = (code: string) => SKIPPED[code] ?? code.replaceAll('_', ' ');

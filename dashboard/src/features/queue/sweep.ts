import type { BulkFilter } from '@/api/bulk';
import type { BulkChoice } from '@/ui/bulk/bulk-dialog';

/** What can be done to everybody’s tasks at once. */
export type Sweep = 'retry' | 'cancel';

const choice = (label: string, hint: string, filter: BulkFilter): BulkChoice => ({
  label,
  hint,
  target: { filter, scope: 'all' },
});

interface SweepWords {
  title: string;
  description: string;
  choices: readonly [BulkChoice, ...BulkChoice[]];
}

export const SWEEPS: Record<Sweep, SweepWords> = {
  retry: {
    title: 'Retry all that failed',
    description: 'Each gets a new run, with new attempts. They join the end of the queue of their priority.',
    choices: [
      choice('What lost its runner', 'The container went away in the middle of the work', {
        state: ['failed'],
        reason: 'lost',
      }),
      choice('What failed at the model', 'The model did not answer, or answered with an error', {
        state: ['failed'],
        reason: 'model_error',
      }),
      choice('Everything that failed', 'Whatever the reason', { state: ['failed'] }),
    ],
  },
  cancel: {
    title: 'Cancel all',
    description: 'Everyone’s, not only yours. A canceled task can be retried, but what a run has done so far is lost.',
    choices: [
      choice('What waits', 'Queued and scheduled; nothing that runs is touched', { state: ['queued', 'scheduled'] }),
      choice('What waits and what runs', 'Runs are stopped in the middle of their work', {
        state: ['queued', 'scheduled', 'starting', 'running', 'waiting'],
      }),
    ],
  },
};

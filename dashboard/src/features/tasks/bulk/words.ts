import type { BulkAction } from '@/api/soon';

interface BulkWords {
  verb: string;
  doing: string;
  done: string;
  about: string;
  danger?: true;
}

export const BULK: Record<BulkAction, BulkWords> = {
  cancel: {
    verb: 'Cancel',
    doing: 'Canceling',
    done: 'canceled',
    about: 'What runs is stopped and what waits never starts. Tasks that are over stay as they are.',
    danger: true,
  },
  retry: {
    verb: 'Retry',
    doing: 'Retrying',
    done: 'queued again',
    about: 'Each task that is over gets another run with the same prompt and limits. Each run costs money.',
  },
  review: {
    verb: 'Mark reviewed',
    doing: 'Marking',
    done: 'marked as reviewed',
    about: 'They leave “Needs review” and stay under “All”.',
  },
};

const SKIPPED: Record<string, string> = {
  not_found: 'no longer there',
  task_over: 'already over',
  task_not_over: 'not over yet',
  conflict: 'changed in between',
  forbidden: 'not yours to change',
};

/** A code that this page does not know is shown as it came. */
export const skippedWord = (code: string) => SKIPPED[code] ?? code.replaceAll('_', ' ');

import type { BulkAction } from '@/api/types';

interface BulkWords {
  verb: string;
  /** What it is to do it to “3 tasks”. */
  deed: (subject: string) => string;
  /** “37 tasks …”. */
  done: string;
  danger?: true;
}

export const BULK: Record<BulkAction, BulkWords> = {
  cancel: { verb: 'Cancel', deed: (subject) => `Cancel ${subject}`, done: 'canceled', danger: true },
  retry: { verb: 'Retry', deed: (subject) => `Retry ${subject}`, done: 'queued again' },
  review: {
    verb: 'Mark reviewed',
    deed: (subject) => `Mark ${subject} as reviewed`,
    done: 'marked as reviewed',
  },
};

const SKIPPED: Record<string, string> = {
  already_ended: 'already over',
  not_ended: 'not over yet',
  not_found: 'no longer there',
  forbidden: 'not yours to change',
  superseded: 'changed in between',
  queue_full: 'their owner’s queue is full',
};

/** Why a task was left alone. A code that this page does not know is shown as it came. */
export const skippedWord = (code: string) => SKIPPED[code] ?? code.replaceAll('_', ' ');

import type { BulkAnswer, BulkRequest } from '@/api/soon';

/** What can be done to everybody’s tasks at once. */
export type Sweep = 'retry' | 'cancel';

export type BulkFilter = NonNullable<BulkRequest['filter']>;

/** A look stops counting here: the preview says “at least”, the deed goes on to the end. */
const MOST_LOOKS = 10;
const MOST_SHOWN = 100;

export type Post = (request: BulkRequest, signal: AbortSignal) => Promise<BulkAnswer>;

export type Preview = { matched: number; more: boolean; tasks: string[] };

export type Progress = {
  matched: number;
  changed: number;
  /** How many were left alone, by the code that says why. */
  skipped: Record<string, number>;
  /** Where to go on, if it stopped before the end. */
  cursor: string | null;
  done: boolean;
};

export const NOTHING_YET: Progress = { matched: 0, changed: 0, skipped: {}, cursor: null, done: false };

/** What would be done, without doing it. */
export async function preview(post: Post, action: Sweep, filter: BulkFilter, signal: AbortSignal): Promise<Preview> {
  const seen: Preview = { matched: 0, more: false, tasks: [] };
  let cursor: string | null = null;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const answer: BulkAnswer = await post(request(action, filter, true, cursor), signal);
    seen.matched += answer.matched;
    seen.tasks.push(...(answer.tasks ?? []).slice(0, MOST_SHOWN - seen.tasks.length));
    cursor = answer.cursor ?? null;
    if (cursor === null) return seen;
  }
  return { ...seen, more: true };
}

/**
 * Does it, a bounded piece a call, and says after each how far it is.
 *
 * A caller that stops, or meets an error, can go on from the last progress: what was changed is not changed again.
 */
export async function* run(
  post: Post,
  action: Sweep,
  filter: BulkFilter,
  signal: AbortSignal,
  from: Progress = NOTHING_YET,
): AsyncGenerator<Progress> {
  let soFar = from;
  while (!soFar.done && !signal.aborted) {
    const answer = await post(request(action, filter, false, soFar.cursor), signal);
    soFar = added(soFar, answer);
    yield soFar;
  }
}

function request(action: Sweep, filter: BulkFilter, dry: boolean, cursor: string | null): BulkRequest {
  return { action, filter, scope: 'all', dry_run: dry, ...(cursor === null ? {} : { cursor }) };
}

function added(soFar: Progress, answer: BulkAnswer): Progress {
  const skipped = { ...soFar.skipped };
  for (const { code } of answer.skipped) skipped[code] = (skipped[code] ?? 0) + 1;
  const cursor = answer.cursor ?? null;
  return {
    matched: soFar.matched + answer.matched,
    changed: soFar.changed + answer.changed,
    skipped,
    cursor,
    done: cursor === null,
  };
}

import { api, body } from './client';
import type { BulkAction, BulkAnswer, BulkRequest, WholeBulkRequest } from './types';

export type BulkFilter = NonNullable<BulkRequest['filter']>;
type Scope = NonNullable<BulkRequest['scope']>;

/** What is acted on: tasks by name, or all that a filter finds. */
export type BulkTarget = { ids: readonly string[] } | { filter: BulkFilter; scope?: Scope };

/** How many are left alone, by the code that says why. */
export type Skipped = Record<string, number>;

export interface BulkPreview {
  matched: number;
  skipped: Skipped;
  /** The first of them. */
  tasks: string[];
  /** It stopped counting: there are at least as many. */
  more: boolean;
}

export interface BulkProgress {
  matched: number;
  changed: number;
  skipped: Skipped;
  /** Where to go on, if it stopped before the end. */
  cursor: string | null;
  done: boolean;
}

export const NOTHING_YET: BulkProgress = { matched: 0, changed: 0, skipped: {}, cursor: null, done: false };

/** The API takes so many ids in one call. */
const IDS_PER_CALL = 100;
/** A look stops counting here: the preview says “at least”, the deed goes on to the end. */
const MOST_LOOKS = 10;
const MOST_NAMED = 3;

export type PostBulk = (request: BulkRequest, signal: AbortSignal) => Promise<BulkAnswer>;
const postBulk: PostBulk = (request, signal) =>
  body(api.POST('/v1/tasks/bulk', { body: request as WholeBulkRequest, signal }));

/** What would be done, without doing it. */
export async function previewBulk(
  action: BulkAction,
  target: BulkTarget,
  signal: AbortSignal,
  post: PostBulk = postBulk,
): Promise<BulkPreview> {
  const seen: BulkPreview = { matched: 0, skipped: {}, tasks: [], more: false };
  let cursor: string | null = null;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const answer: BulkAnswer = await step({ action, dry_run: true }, target, cursor, signal, post);
    seen.matched += answer.matched;
    seen.skipped = andSkipped(seen.skipped, answer);
    seen.tasks.push(...(answer.tasks ?? []).slice(0, MOST_NAMED - seen.tasks.length));
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
export async function* runBulk(
  action: BulkAction,
  target: BulkTarget,
  signal: AbortSignal,
  from: BulkProgress = NOTHING_YET,
  post: PostBulk = postBulk,
): AsyncGenerator<BulkProgress> {
  let soFar = from;
  while (!soFar.done && !signal.aborted) {
    soFar = added(soFar, await step({ action }, target, soFar.cursor, signal, post));
    yield soFar;
  }
}

async function step(
  request: BulkRequest,
  target: BulkTarget,
  cursor: string | null,
  signal: AbortSignal,
  post: PostBulk,
): Promise<BulkAnswer> {
  if ('filter' in target) return post({ ...request, ...target, ...(cursor === null ? {} : { cursor }) }, signal);
  // Of a list of ids the place in it is the cursor.
  const at = Number(cursor ?? 0);
  const end = at + IDS_PER_CALL;
  const answer = await post({ ...request, ids: target.ids.slice(at, end) }, signal);
  return { ...answer, cursor: end < target.ids.length ? String(end) : null };
}

function added(soFar: BulkProgress, answer: BulkAnswer): BulkProgress {
  const cursor = answer.cursor ?? null;
  return {
    matched: soFar.matched + answer.matched,
    changed: soFar.changed + answer.changed,
    skipped: andSkipped(soFar.skipped, answer),
    cursor,
    done: cursor === null,
  };
}

function andSkipped(soFar: Skipped, answer: BulkAnswer): Skipped {
  const skipped = { ...soFar };
  for (const { code } of answer.skipped) skipped[code] = (skipped[code] ?? 0) + 1;
  return skipped;
}

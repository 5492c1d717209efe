import { api, body } from '@/api/client';
import type { BulkAction, BulkAnswer, BulkRequest } from '@/api/soon';
import type { TaskFilter } from '@/api/types';

/** What is acted on: the rows that were picked, or all that a filter finds. */
export type BulkTarget = { ids: readonly string[] } | { filter: TaskFilter };

export interface BulkProgress {
  done: number;
  changed: number;
  skipped: { id: string; code: string }[];
  finished: boolean;
}

/** The API takes so many ids in one call. */
const IDS_PER_CALL = 100;

export type PostBulk = (request: BulkRequest) => Promise<BulkAnswer>;
export const postBulk: PostBulk = (request) => body(api.POST('/v1/tasks/bulk', { body: request }));

/** Acts in bounded steps and tells after each how far it is. Whoever stops asking stops it. */
export async function* runBulk(
  action: BulkAction,
  target: BulkTarget,
  post: PostBulk = postBulk,
): AsyncGenerator<BulkProgress> {
  let progress: BulkProgress = { done: 0, changed: 0, skipped: [], finished: false };
  for await (const { answer, last } of 'ids' in target
    ? byIds(action, target.ids, post)
    : byFilter(action, target.filter, post)) {
    progress = {
      done: progress.done + answer.matched,
      changed: progress.changed + answer.changed,
      skipped: [...progress.skipped, ...answer.skipped],
      finished: last,
    };
    yield progress;
  }
}

interface Step {
  answer: BulkAnswer;
  last: boolean;
}

async function* byIds(action: BulkAction, ids: readonly string[], post: PostBulk): AsyncGenerator<Step> {
  for (let at = 0; at < ids.length; at += IDS_PER_CALL) {
    const some = ids.slice(at, at + IDS_PER_CALL);
    yield { answer: await post({ action, ids: some }), last: at + IDS_PER_CALL >= ids.length };
  }
}

async function* byFilter(action: BulkAction, { scope, ...filter }: TaskFilter, post: PostBulk): AsyncGenerator<Step> {
  let cursor: string | undefined;
  do {
    const answer = await post({ action, filter, ...(scope ? { scope } : {}), ...(cursor ? { cursor } : {}) });
    cursor = answer.cursor ?? undefined;
    yield { answer, last: cursor === undefined };
  } while (cursor !== undefined);
}

import { describe, expect, it } from 'vitest';
import { type BulkProgress, type BulkTarget, NOTHING_YET, type PostBulk, previewBulk, runBulk } from './bulk';
import type { BulkAnswer, BulkRequest } from './types';

const target: BulkTarget = { filter: { state: ['failed'] }, scope: 'all' };
const signal = new AbortController().signal;

/** A server with `pages` pages of tasks. */
function server(pages: BulkAnswer[]) {
  const asked: BulkRequest[] = [];
  const post: PostBulk = (request) => {
    asked.push(request);
    const at = Number(request.cursor ?? 0);
    const page = pages[at];
    if (!page) return Promise.reject(new Error(`no page ${at}`));
    return Promise.resolve({ ...page, cursor: at + 1 < pages.length ? String(at + 1) : null });
  };
  return { asked, post };
}

const page = (some: Partial<BulkAnswer>): BulkAnswer => ({ matched: 0, changed: 0, skipped: [], ...some });

async function all(steps: AsyncGenerator<BulkProgress>): Promise<BulkProgress[]> {
  const seen: BulkProgress[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}

describe('a preview', () => {
  it('counts over all pages and changes nothing', async () => {
    const { post, asked } = server([
      page({ matched: 50, skipped: [{ id: 'x', code: 'not_found' }], tasks: ['a', 'b'] }),
      page({ matched: 7, skipped: [{ id: 'y', code: 'not_found' }], tasks: ['c', 'd'] }),
    ]);
    const seen = await previewBulk('retry', target, signal, post);
    expect(seen).toEqual({ matched: 57, skipped: { not_found: 2 }, tasks: ['a', 'b', 'c'], more: false });
    expect(asked.every((request) => request.dry_run)).toBe(true);
  });

  it('stops looking after a bounded number of pages, and says that there is more', async () => {
    const { post, asked } = server(Array.from({ length: 500 }, () => page({ matched: 100 })));
    const seen = await previewBulk('cancel', target, signal, post);
    expect(seen).toMatchObject({ matched: 1000, more: true });
    expect(asked).toHaveLength(10);
  });
});

describe('the deed', () => {
  it('follows the cursor to its end and adds up what was done and what was left alone', async () => {
    const { post, asked } = server([
      page({
        matched: 100,
        changed: 98,
        skipped: [
          { id: 'x', code: 'not_ended' },
          { id: 'y', code: 'not_found' },
        ],
      }),
      page({ matched: 40, changed: 39, skipped: [{ id: 'z', code: 'not_ended' }] }),
    ]);
    const steps = await all(runBulk('retry', target, signal, NOTHING_YET, post));
    expect(steps.map((step) => [step.changed, step.done])).toEqual([
      [98, false],
      [137, true],
    ]);
    expect(steps.at(-1)?.skipped).toEqual({ not_ended: 2, not_found: 1 });
    expect(asked.map((request) => [request.dry_run, request.cursor, request.scope])).toEqual([
      [undefined, undefined, 'all'],
      [undefined, '1', 'all'],
    ]);
  });

  it('goes on where it stopped, and never from the start', async () => {
    const { post, asked } = server([page({ changed: 5 }), page({ changed: 5 }), page({ changed: 5 })]);
    let failures = 1;
    const flaky: PostBulk = (request, signal) =>
      request.cursor === '1' && failures-- > 0 ? Promise.reject(new Error('503')) : post(request, signal);

    const seen: BulkProgress[] = [];
    const first = async () => {
      for await (const step of runBulk('cancel', target, signal, NOTHING_YET, flaky)) seen.push(step);
    };
    await expect(first()).rejects.toThrow('503');
    const rest = await all(runBulk('cancel', target, signal, seen.at(-1), flaky));
    expect(rest.at(-1)).toMatchObject({ changed: 15, done: true });
    expect(asked.map((request) => request.cursor)).toEqual([undefined, '1', '2']);
  });

  it('stops between two pieces when it is told to', async () => {
    const { post, asked } = server(Array.from({ length: 9 }, () => page({ changed: 1 })));
    const stop = new AbortController();
    for await (const step of runBulk('cancel', target, stop.signal, NOTHING_YET, post)) {
      if (step.changed === 3) stop.abort();
    }
    expect(asked).toHaveLength(3);
  });

  it('does nothing more once it is done', async () => {
    const { post, asked } = server([page({})]);
    await all(runBulk('cancel', target, signal, { ...NOTHING_YET, done: true }, post));
    expect(asked).toHaveLength(0);
  });

  it('sends at most a hundred ids at once', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `task_${index}`);
    const asked: BulkRequest[] = [];
    const post: PostBulk = async (request) => {
      asked.push(request);
      const matched = request.ids?.length ?? 0;
      return { matched, changed: matched, skipped: [] };
    };
    const steps = await all(runBulk('review', { ids }, signal, NOTHING_YET, post));
    expect(asked.map((request) => request.ids?.length)).toEqual([100, 100, 50]);
    expect(asked.flatMap((request) => request.ids)).toEqual(ids);
    expect(steps.map(({ matched, done }) => [matched, done])).toEqual([
      [100, false],
      [200, false],
      [250, true],
    ]);
  });
});

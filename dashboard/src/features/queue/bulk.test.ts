import { describe, expect, it } from 'vitest';
import type { BulkAnswer, BulkRequest } from '@/api/soon';
import { type BulkFilter, NOTHING_YET, type Post, type Progress, preview, run } from './bulk';

const filter: BulkFilter = { state: ['failed'] };

/** A server with `pages` pages of tasks. */
function server(pages: BulkAnswer[]) {
  const asked: BulkRequest[] = [];
  const post: Post = (request) => {
    asked.push(request);
    const at = Number(request.cursor ?? 0);
    const page = pages[at];
    if (!page) return Promise.reject(new Error(`no page ${at}`));
    return Promise.resolve({ ...page, cursor: at + 1 < pages.length ? String(at + 1) : null });
  };
  return { asked, post };
}

const page = (some: Partial<BulkAnswer>): BulkAnswer => ({ matched: 0, changed: 0, skipped: [], ...some });

async function all(steps: AsyncGenerator<Progress>): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}

describe('a preview', () => {
  it('counts over all pages and changes nothing', async () => {
    const { post, asked } = server([page({ matched: 50, tasks: ['a'] }), page({ matched: 7, tasks: ['b'] })]);
    const seen = await preview(post, 'retry', filter, new AbortController().signal);
    expect(seen).toEqual({ matched: 57, more: false, tasks: ['a', 'b'] });
    expect(asked.every((request) => request.dry_run)).toBe(true);
  });

  it('stops looking after a bounded number of pages, and says that there is more', async () => {
    const { post, asked } = server(Array.from({ length: 500 }, () => page({ matched: 100 })));
    const seen = await preview(post, 'cancel', filter, new AbortController().signal);
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
          { id: 'x', code: 'not_over' },
          { id: 'y', code: 'gone' },
        ],
      }),
      page({ matched: 40, changed: 39, skipped: [{ id: 'z', code: 'not_over' }] }),
    ]);
    const steps = await all(run(post, 'retry', filter, new AbortController().signal));
    expect(steps.map((step) => [step.changed, step.done])).toEqual([
      [98, false],
      [137, true],
    ]);
    expect(steps.at(-1)?.skipped).toEqual({ not_over: 2, gone: 1 });
    expect(asked.map((request) => [request.dry_run, request.cursor, request.scope])).toEqual([
      [false, undefined, 'all'],
      [false, '1', 'all'],
    ]);
  });

  it('goes on where it stopped, and never from the start', async () => {
    const { post, asked } = server([page({ changed: 5 }), page({ changed: 5 }), page({ changed: 5 })]);
    let failures = 1;
    const flaky: Post = (request, signal) =>
      request.cursor === '1' && failures-- > 0 ? Promise.reject(new Error('503')) : post(request, signal);

    const seen: Progress[] = [];
    const first = async () => {
      for await (const step of run(flaky, 'cancel', filter, new AbortController().signal)) seen.push(step);
    };
    await expect(first()).rejects.toThrow('503');
    const rest = await all(run(flaky, 'cancel', filter, new AbortController().signal, seen.at(-1)));
    expect(rest.at(-1)).toMatchObject({ changed: 15, done: true });
    expect(asked.map((request) => request.cursor)).toEqual([undefined, '1', '2']);
  });

  it('stops between two pieces when it is told to', async () => {
    const { post, asked } = server(Array.from({ length: 9 }, () => page({ changed: 1 })));
    const stop = new AbortController();
    for await (const step of run(post, 'cancel', filter, stop.signal)) {
      if (step.changed === 3) stop.abort();
    }
    expect(asked).toHaveLength(3);
  });

  it('does nothing more once it is done', async () => {
    const { post, asked } = server([page({})]);
    await all(run(post, 'cancel', filter, new AbortController().signal, { ...NOTHING_YET, done: true }));
    expect(asked).toHaveLength(0);
  });
});

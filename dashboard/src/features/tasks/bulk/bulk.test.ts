import { describe, expect, it } from 'vitest';
import type { BulkAnswer, BulkRequest } from '@/api/soon';
import { type BulkTarget, runBulk } from './run-bulk';
import { extendTo, NOTHING, toggle } from './selection';

const rows = ['a', 'b', 'c', 'd', 'e'];
const chosen = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].toSorted().join('');

describe('row 21: selecting rows', () => {
  it('takes a range from the last row that was picked, in either direction', () => {
    const from = toggle(NOTHING, 'b');
    expect(chosen(extendTo(from, 'd', rows))).toBe('bcd');
    expect(chosen(extendTo(toggle(NOTHING, 'd'), 'b', rows))).toBe('bcd');
    expect(chosen(extendTo(extendTo(from, 'd', rows), 'a', rows))).toBe('abcd');
  });

  it('begins anew where the last row is not shown any more', () => {
    expect(chosen(extendTo(toggle(NOTHING, 'gone'), 'c', rows))).toBe('cgone');
  });

  it('takes a row out again', () => expect(chosen(toggle(toggle(NOTHING, 'a'), 'a'))).toBe(''));
});

describe('row 21: acting on many', () => {
  async function run(target: BulkTarget, answers: Partial<BulkAnswer>[] = []) {
    const asked: BulkRequest[] = [];
    const post = async (request: BulkRequest) => {
      asked.push(request);
      const matched = request.ids?.length ?? 0;
      return { matched, changed: matched, skipped: [], ...answers[asked.length - 1] };
    };
    const steps = [];
    for await (const step of runBulk('retry', target, post)) steps.push(step);
    return { asked, steps };
  }

  it('sends at most a hundred ids at once and says after each how far it is', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `task_${index}`);
    const { asked, steps } = await run({ ids });
    expect(asked.map((request) => request.ids?.length)).toEqual([100, 100, 50]);
    expect(asked.flatMap((request) => request.ids)).toEqual(ids);
    expect(steps.map(({ done, finished }) => [done, finished])).toEqual([
      [100, false],
      [200, false],
      [250, true],
    ]);
  });

  it('follows the cursor of a filter to its end and adds up what was left alone', async () => {
    const skipped = [{ id: 'x', code: 'task_over' }];
    const { asked, steps } = await run({ filter: { view: 'all', tag: ['a'], scope: 'all' } }, [
      { matched: 100, changed: 99, skipped, cursor: 'next' },
      { matched: 7, changed: 6, skipped },
    ]);
    expect(asked).toEqual([
      { action: 'retry', filter: { view: 'all', tag: ['a'] }, scope: 'all' },
      { action: 'retry', filter: { view: 'all', tag: ['a'] }, scope: 'all', cursor: 'next' },
    ]);
    expect(steps.at(-1)).toEqual({ done: 107, changed: 105, skipped: [...skipped, ...skipped], finished: true });
  });
});

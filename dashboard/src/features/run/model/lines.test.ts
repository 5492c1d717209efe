import { describe, expect, test } from 'vitest';
import { Story, story } from '../fixtures/story';
import { applyEvents, emptyRun, entryAt } from './fold';
import { CLOSED, type Line, linesOf, type Openness, stepAround, wayTo } from './lines';
import { search } from './search';

const run = (make: (story: Story) => unknown) => {
  const made = new Story();
  make(made);
  return applyEvents(emptyRun(), made.events);
};
const brief = (lines: readonly Line[]) =>
  lines.map((line) =>
    line.kind === 'step'
      ? `${line.isOpen ? 'v' : '>'} ${line.tools.length} tools, ${line.failed} failed`
      : `${'  '.repeat(line.depth)}${line.entry.kind === 'tool' ? line.entry.name : line.entry.kind}`,
  );
const all = (openness: Openness = CLOSED) => ({ filter: 'all', openness }) as const;
const reading = (s: Story) => s.call('Read', {}).call('Read', {}, { is_error: true, content: 'no' }).call('Bash', {});

describe('row 5: calls are grouped', () => {
  test('a finished step is one line, and its failures stay visible', () => {
    const state = run((s) => reading(s.text('a')).text('b'));
    expect(brief(linesOf(state, all()))).toEqual(['text', '> 3 tools, 1 failed', '  Read', 'text']);
  });

  test('the step that runs is open', () => {
    const state = run((s) => reading(s.text('a')));
    expect(brief(linesOf(state, all()))).toEqual(['text', 'v 3 tools, 1 failed', '  Read', '  Read', '  Bash']);
  });

  test('a step that ran before the reader’s eyes stays open while they read', () => {
    const state = run((s) => reading(s.text('a')).text('b'));
    const key = linesOf(state, all()).find(({ kind }) => kind === 'step')?.key ?? '';
    expect(brief(linesOf(state, { ...all(), held: new Set([key]) }))[1]).toBe('v 3 tools, 1 failed');
  });

  test('two calls are not worth a fold', () => {
    expect(
      brief(
        linesOf(
          run((s) => s.call('Read', {}).call('Read', {}).text('b')),
          all(),
        ),
      ),
    ).toEqual(['Read', 'Read', 'text']);
  });

  test('all can be opened and closed, and what was done by hand counts more', () => {
    const state = run((s) => reading(s.text('a')).text('b'));
    const open: Openness = { mode: 'all', byHand: new Map() };
    expect(brief(linesOf(state, all(open)))).toHaveLength(6);
    const step = linesOf(state, all()).find(({ kind }) => kind === 'step')?.key ?? '';
    expect(brief(linesOf(state, all({ mode: 'all', byHand: new Map([[step, false]]) })))).toHaveLength(4);
  });
});

describe('row 7: a sub-agent’s work is nested under its call', () => {
  const state = applyEvents(emptyRun(), story().events);
  const agent = state.entries.find((entry) => entry.kind === 'tool' && entry.name === 'Agent');
  const key = agent?.key ?? '';

  test('and hidden until it is opened', () => {
    const line = linesOf(state, all()).find((shown) => shown.key === key);
    expect(line?.kind === 'entry' && line.nested).toBe(5);
    expect(linesOf(state, all()).some((shown) => shown.kind === 'entry' && shown.entry.parent !== null)).toBe(false);
  });

  test('and stands below it when it is', () => {
    const lines = linesOf(state, all({ mode: 'default', byHand: new Map([[key, true]]) }));
    const at = lines.findIndex((shown) => shown.key === key);
    expect(brief(lines.slice(at, at + 3))).toEqual(['Agent', '> 4 tools, 0 failed', '  text']);
  });

  test('row 10: the way to a nested event leads through its call', () => {
    const nested = state.entries.find((entry) => entry.parent !== null && entry.kind === 'text');
    expect(nested && wayTo(state, nested)).toEqual([nested?.key, key]);
  });
});

test('nothing vanishes from a log whose calls name themselves, or each other, as parents', () => {
  const state = run((s) => {
    for (const [id, parent] of [
      ['a', 'a'],
      ['b', 'c'],
      ['c', 'b'],
    ]) {
      s.say({ type: 'tool_use', tool_use_id: id, name: 'Agent', input: {}, parent_tool_use_id: parent });
      s.say({ type: 'text', text: 'x', parent_tool_use_id: id });
    }
  });
  expect(linesOf(state, all({ mode: 'all', byHand: new Map() }))).toHaveLength(6);
});

describe('row 8: filters', () => {
  const state = applyEvents(emptyRun(), story().events);
  const kinds = (filter: 'text' | 'tools' | 'errors' | 'system') => linesOf(state, { filter, openness: CLOSED });

  test('text, tools and errors show these and nothing else', () => {
    expect(new Set(kinds('text').map((line) => line.kind === 'entry' && line.entry.kind))).toEqual(new Set(['text']));
    expect(new Set(kinds('tools').map((line) => line.kind === 'entry' && line.entry.kind))).toEqual(new Set(['tool']));
    expect(brief(kinds('errors'))).toEqual(['Bash', 'Read', 'notice']);
  });

  test('what is quiet is there for who asks for everything', () => {
    expect(linesOf(state, all()).some((line) => line.kind === 'entry' && line.entry.isQuiet)).toBe(false);
    expect(kinds('system').some((line) => line.kind === 'entry' && line.entry.isQuiet)).toBe(true);
  });

  test('a filter goes on applying to what arrives', () => {
    const more = applyEvents(
      state,
      new Story().text('late').events.map((event) => ({ ...event, seq: state.lastSeq + event.seq })),
    );
    expect(linesOf(more, { filter: 'errors', openness: CLOSED })).toHaveLength(3);
    expect(linesOf(more, { filter: 'text', openness: CLOSED }).length).toBe(kinds('text').length + 1);
  });
});

describe('row 9: search', () => {
  const state = applyEvents(emptyRun(), story().events);

  test('counts every place, folded or not, in words, arguments and output', () => {
    const log = run((s) =>
      s.text('Needle needle').call('Bash', { command: 'echo needle' }, { content: 'NEEDLE\nhay' }).text('hay'),
    );
    expect(search(log, 'needle', 'all').map(({ seq, nth }) => [seq, nth])).toEqual([
      [1, 0],
      [1, 1],
      [3, 0],
      [3, 1],
    ]);
  });

  test('finds what escapes stand between, and takes the query literally', () => {
    expect(
      search(
        run((s) => s.call('Bash', {}, { content: 'a\u001b[31mb\u001b[0mc' })),
        'abc',
        'all',
      ),
    ).toHaveLength(1);
    expect(search(state, 'Math.r(', 'all')).toHaveLength(0);
    expect(search(state, '', 'all')).toHaveLength(0);
  });

  test('keeps to what the filter shows', () => {
    expect(search(state, 'total', 'text').length).toBeGreaterThan(0);
    expect(search(state, 'total', 'text').length).toBeLessThan(search(state, 'total', 'all').length);
  });

  test('a match in a folded step names the step that is to be opened', () => {
    const log = run((s) => reading(s.text('a')).text('b'));
    const [match] = search(log, 'Bash', 'all');
    const entry = match && entryAt(log, match.seq);
    expect(entry && stepAround(linesOf(log, all()), entry.key)).toMatch(/^s\d+$/);
  });
});

import { describe, expect, test } from 'vitest';
import { GOLDEN } from '../fixtures/golden';
import { endedStory } from '../fixtures/story';
import { applyEvents, emptyRun, entryAt, prependEvents, type RunState, usageOf } from './fold';
import { shed } from './memory';
import { bodyOf, wordsOf } from './notices';
import { EVENT_TYPES } from './place';
import type { RunEvent } from './types';

const { events } = endedStory();
const whole = applyEvents(emptyRun(), events);
const shown = ({ entries, todos, spent, lastSeq }: RunState) => JSON.stringify({ entries, todos, spent, lastSeq });

describe('the fold', () => {
  test('gives the same whatever comes twice, late or in which pieces', () => {
    const shuffled = events.toSorted((a, b) => ((a.seq * 7919) % 101) - ((b.seq * 7919) % 101));
    const pieces = Array.from({ length: 40 }, (_, at) => [
      ...shuffled.slice(at * 10, at * 10 + 10),
      ...shuffled.slice(at * 5, at * 5 + 3),
    ]);
    const state = pieces.reduce(applyEvents, emptyRun());
    expect(shown(state)).toBe(shown(whole));
    expect(state.pending.size).toBe(0);
  });

  test('waits for what is missing', () => {
    const state = applyEvents(
      emptyRun(),
      events.filter(({ seq }) => seq !== 5),
    );
    expect(state.lastSeq).toBe(4);
    expect(applyEvents(state, events.slice(4, 5)).lastSeq).toBe(events.length);
  });

  test('leaves a state that learns nothing as it is', () => {
    expect(applyEvents(whole, events.slice(0, 20))).toBe(whole);
  });

  test('row 3: the tail, with what came before put before it, is the whole', () => {
    const tail = applyEvents(emptyRun(200), events.slice(200));
    expect(tail.firstSeq).toBe(201);
    expect(shown(prependEvents(tail, events.slice(0, 200)))).toBe(shown(whole));
    expect(prependEvents(tail, events.slice(0, 100)), 'with a gap between them').toBe(tail);
  });

  test('puts the answer of a tool on its call, and finds both there', () => {
    const answer = events.find(({ type }) => type === 'tool_result') as RunEvent;
    const entry = entryAt(whole, answer.seq);
    expect(entry?.kind).toBe('tool');
    expect(entry?.seq).toBeLessThan(answer.seq);
  });

  test('row 24: adds up what ended runs cost and what the current one has cost so far', () => {
    const run = (attempt: number, costs: number[], hasEnded: boolean) => [
      ...costs.map((cost) => ({
        attempt,
        type: 'usage',
        request: {},
        run: { input_tokens: cost },
        cost_usd_micros: cost,
      })),
      ...(hasEnded
        ? [
            {
              attempt,
              type: 'run_ended',
              outcome: 'failed',
              duration_ms: 1,
              cost_usd_micros: 250,
              usage: { input_tokens: 250 },
            },
          ]
        : []),
    ];
    const log = [...run(1, [100, 200], true), ...run(2, [10, 30], false)];
    const state = applyEvents(
      emptyRun(),
      log.map((event, index) => ({ seq: index + 1, at: '2026-01-02T03:04:05Z', ...event }) as RunEvent),
    );
    expect(usageOf(state)).toMatchObject({ costMicros: 280, tokens: { input_tokens: 280 } });
    expect(state.isLive).toBe(true);
  });
});

describe('the golden events', () => {
  test('are of every type that the views know, but the one for what they do not', () => {
    expect([...GOLDEN.keys()].sort()).toEqual(EVENT_TYPES.filter((type) => type !== 'unknown').sort());
  });

  test.each([...GOLDEN])('%s has a place in the timeline, or on its call', (type, event) => {
    const call = { ...GOLDEN.get('tool_use'), tool_use_id: 'toolu_1' } as RunEvent;
    const state = applyEvents(emptyRun(), [{ ...call, seq: 1 }, { ...event, seq: 2 } as RunEvent]);
    const entry = entryAt(state, 2);
    expect(entry?.kind).toBe(
      type.startsWith('tool_') ? 'tool' : ['text', 'thinking', 'user'].includes(type) ? type : 'notice',
    );
    if (entry?.kind !== 'notice') return;
    expect(entry.event.type, 'known as what it is').toBe(type);
    expect(wordsOf(entry.event).title).not.toBe('');
    expect(bodyOf(entry.event)).not.toBe('');
  });

  test('one of a newer server is shown under its own name', () => {
    const event = {
      seq: 1,
      at: '2026-01-02T03:04:05Z',
      attempt: 1,
      type: 'telepathy',
      message: 'hello',
    } as unknown as RunEvent;
    const entry = entryAt(applyEvents(emptyRun(), [event]), 1);
    expect(entry?.kind === 'notice' && wordsOf(entry.event)).toMatchObject({ title: 'telepathy', remark: 'hello' });
  });

  test.each([...GOLDEN])('%s whose fields are of the wrong kind becomes one of an unknown type', (type, event) => {
    for (const wrong of [[], {}, 7, null]) {
      const fields = Object.keys(event).filter((name) => !['seq', 'at', 'attempt', 'type'].includes(name));
      const broken = { ...event, ...Object.fromEntries(fields.map((name) => [name, wrong])), seq: 1 } as RunEvent;
      const state = applyEvents(emptyRun(), [broken]);
      const entry = state.entries[0];
      expect(state.lastSeq, type).toBe(1);
      if (entry?.kind === 'notice') expect(() => [wordsOf(entry.event), bodyOf(entry.event)]).not.toThrow();
    }
  });
});

describe('memory', () => {
  const big = (seq: number): RunEvent[] => [
    { seq, at: '', attempt: 1, type: 'tool_use', tool_use_id: `t${seq}`, name: 'Bash', input: {} },
    { seq: seq + 1, at: '', attempt: 1, type: 'tool_result', tool_use_id: `t${seq}`, content: 'x'.repeat(5_000) },
  ];
  const state = applyEvents(emptyRun(), Array.from({ length: 100 }, (_, index) => big(index * 2 + 1)).flat());
  const kept = (run: RunState) =>
    run.events.flatMap((event) => (event.type === 'tool_result' && event.content !== undefined ? [event.seq] : []));

  test('beyond the bound the oldest outputs go, what is looked at stays', () => {
    const less = shed(state, { from: 1, to: 10 }, 100_000);
    expect(kept(less).length).toBe(20);
    expect(kept(less).slice(0, 5)).toEqual([2, 4, 6, 8, 10]);
    expect(kept(less).at(-1)).toBe(200);
  });

  test('what went is known as a preview that can be read again', () => {
    const gone = shed(state, { from: 0, to: 0 }, 100_000).entries[0];
    expect(gone?.kind === 'tool' && gone.result).toMatchObject({ truncated: true, whole_bytes: 5_000 });
  });

  test('below the bound nothing changes', () => expect(shed(state, { from: 0, to: 0 })).toBe(state));
});

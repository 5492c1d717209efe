import type { RunState } from './fold';
import type { Entry, EventOf, RunEvent } from './types';

/** So much text is kept of the answers of tools. Of older ones the whole can be read again. */
const MOST_TEXT = 20_000_000;
/** A text that is shorter is not worth the trip. */
const SMALL = 1_000;

const weights = new WeakMap<RunEvent, number>();

function weigh(event: RunEvent): number {
  const known = weights.get(event);
  if (known !== undefined) return known;
  const weight = event.type === 'tool_result' ? lengthOf(event.content) + lengthOf(event.detail) : 0;
  weights.set(event, weight);
  return weight;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + lengthOf(part), 0);
}

/** What stands in the place of an answer that was put away: the same as a preview of which nothing is left. */
function stub({ content: _content, detail: _detail, ...event }: EventOf<'tool_result'>): EventOf<'tool_result'> {
  return {
    ...event,
    truncated: true,
    whole_bytes: event.whole_bytes ?? weigh({ ...event, content: _content, detail: _detail }),
  };
}

/** Lets go of the oldest answers outside of what is looked at, until the rest is small enough. */
export function shed(state: RunState, keep: { from: number; to: number }, most = MOST_TEXT): RunState {
  let excess = state.events.reduce((sum, event) => sum + weigh(event), 0) - most;
  if (excess <= 0) return state;
  const gone = new Map<string, EventOf<'tool_result'>>();
  const events = state.events.map((event) => {
    const isSeen = event.seq >= keep.from && event.seq <= keep.to;
    if (excess <= 0 || isSeen || event.type !== 'tool_result' || weigh(event) < SMALL) return event;
    excess -= weigh(event);
    const left = stub(event);
    gone.set(event.tool_use_id, left);
    return left;
  });
  const entries = state.entries.map((entry): Entry => {
    const left = entry.kind === 'tool' && entry.result !== null ? gone.get(entry.id) : undefined;
    return left === undefined || entry.kind !== 'tool' ? entry : { ...entry, result: left };
  });
  return { ...state, events, entries };
}

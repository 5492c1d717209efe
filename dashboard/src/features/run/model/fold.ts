import type { TodoItem, Tokens } from '@/api/types';
import { isQuiet } from './place';
import { soundEvent } from './sound';
import type { Entry, EventOf, RunEvent, ToolEntry, Usage } from './types';

/** A run of the log without a gap, and what it comes to. */
export type RunState = {
  /** What comes before is not loaded. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Without a gap: the event `seq` is at `seq - firstSeq`. */
  readonly events: readonly RunEvent[];
  readonly entries: readonly Entry[];
  /** Where a tool call stands in `entries`. */
  readonly tools: ReadonlyMap<string, number>;
  readonly todos: readonly TodoItem[];
  readonly attempt: number;
  /** Whether the current run still speaks. */
  readonly isLive: boolean;
  /** Of the runs that ended, and of the current one. */
  readonly spent: Usage;
  readonly spending: Usage;
  /** What is early. */
  readonly pending: ReadonlyMap<number, RunEvent>;
};

const NO_TOKENS: Tokens = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 };
const NOTHING: Usage = { costMicros: 0, tokens: NO_TOKENS };

export function emptyRun(after = 0): RunState {
  return {
    firstSeq: after + 1,
    lastSeq: after,
    events: [],
    entries: [],
    tools: new Map(),
    todos: [],
    attempt: 0,
    isLive: false,
    spent: NOTHING,
    spending: NOTHING,
    pending: new Map(),
  };
}

type Draft = { -readonly [K in keyof RunState]: RunState[K] } & {
  events: RunEvent[];
  entries: Entry[];
  tools: Map<string, number>;
  pending: Map<number, RunEvent>;
};

/** The pure fold: applies what follows without a gap, keeps what is early, drops what is known. */
export function applyEvents(state: RunState, batch: readonly RunEvent[]): RunState {
  const news = batch.filter(({ seq }) => seq > state.lastSeq && !state.pending.has(seq));
  if (news.length === 0) return state;
  const pending = new Map(state.pending);
  for (const event of news) pending.set(event.seq, event);
  if (!pending.has(state.lastSeq + 1)) return { ...state, pending };
  const draft: Draft = {
    ...state,
    pending,
    events: state.events.slice(),
    entries: state.entries.slice(),
    tools: new Map(state.tools),
  };
  for (;;) {
    const event = pending.get(draft.lastSeq + 1);
    if (event === undefined) return draft;
    pending.delete(event.seq);
    draft.lastSeq = event.seq;
    draft.events.push(event);
    fold(draft, soundEvent(event));
  }
}

/** The same log with older events before it. They must end where the state begins. */
export function prependEvents(state: RunState, older: readonly RunEvent[]): RunState {
  const first = older[0];
  if (first === undefined || older.at(-1)?.seq !== state.firstSeq - 1) return state;
  const whole = applyEvents(emptyRun(first.seq - 1), older.concat(state.events));
  return { ...whole, pending: state.pending };
}

/** The event `seq`, if it is loaded. */
const eventAt = (state: RunState, seq: number): RunEvent | undefined => state.events[seq - state.firstSeq];

/** The entry that shows the event `seq`: for the answer of a tool, its call. */
export function entryAt(state: RunState, seq: number): Entry | undefined {
  const event = eventAt(state, seq);
  if (event === undefined) return undefined;
  if (event.type === 'tool_result' || event.type === 'tool_progress') {
    const at = state.tools.get(event.tool_use_id);
    if (at !== undefined) return state.entries[at];
  }
  let [low, high] = [0, state.entries.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const entry = state.entries[middle];
    if (entry === undefined || entry.seq === seq) return entry;
    if (entry.seq < seq) low = middle + 1;
    else high = middle - 1;
  }
  return state.entries[Math.max(0, high)];
}

export function usageOf({ spent, spending }: RunState): Usage {
  return { costMicros: spent.costMicros + spending.costMicros, tokens: sum(spent.tokens, spending.tokens) };
}

function sum(a: Tokens, b: Tokens): Tokens {
  const of = (name: keyof Tokens) => (a[name] ?? 0) + (b[name] ?? 0);
  return {
    input_tokens: of('input_tokens'),
    output_tokens: of('output_tokens'),
    cache_read_tokens: of('cache_read_tokens'),
    cache_creation_tokens: of('cache_creation_tokens'),
  };
}

const base = (event: RunEvent, parent?: string | null) => ({
  key: `e${event.seq}`,
  seq: event.seq,
  at: event.at,
  attempt: event.attempt,
  parent: parent ?? null,
  isQuiet: isQuiet(event),
});

function fold(draft: Draft, event: RunEvent) {
  if (event.attempt !== draft.attempt) begin(draft, event.attempt);
  switch (event.type) {
    case 'text':
      draft.entries.push({ ...base(event, event.parent_tool_use_id), kind: 'text', event });
      return;
    case 'thinking':
      draft.entries.push({ ...base(event, event.parent_tool_use_id), kind: 'thinking', event });
      return;
    case 'user':
      draft.entries.push({ ...base(event, event.parent_tool_use_id), kind: 'user', event });
      return;
    case 'tool_use':
      draft.tools.set(event.tool_use_id, draft.entries.length);
      draft.entries.push(called(event));
      return;
    case 'tool_progress':
      return update(draft, event.tool_use_id, (tool) => ({ ...tool, elapsedS: event.elapsed_s }));
    case 'tool_result':
      return answered(draft, event);
    case 'todo':
      draft.todos = event.items;
      break;
    case 'usage':
      draft.spending = {
        costMicros: event.cost_usd_micros ?? draft.spending.costMicros,
        tokens: event.run,
      };
      break;
    case 'run_ended':
      ended(draft, event);
      break;
    default:
      break;
  }
  draft.entries.push({ ...base(event), kind: 'notice', event });
}

function begin(draft: Draft, attempt: number) {
  // A run that nobody heard of again: what it was known to have cost stays spent.
  draft.spent = {
    costMicros: draft.spent.costMicros + draft.spending.costMicros,
    tokens: sum(draft.spent.tokens, draft.spending.tokens),
  };
  draft.spending = NOTHING;
  draft.attempt = attempt;
  draft.isLive = true;
}

function ended(draft: Draft, event: EventOf<'run_ended'>) {
  const tokens = event.usage ?? draft.spending.tokens;
  const costMicros = event.cost_usd_micros ?? draft.spending.costMicros;
  draft.spent = { costMicros: draft.spent.costMicros + costMicros, tokens: sum(draft.spent.tokens, tokens) };
  draft.spending = NOTHING;
  draft.isLive = false;
}

function called(event: EventOf<'tool_use'>): ToolEntry {
  return {
    ...base(event, event.parent_tool_use_id),
    kind: 'tool',
    id: event.tool_use_id,
    name: event.name,
    server: event.server ?? null,
    input: event.input,
    call: event,
    result: null,
    elapsedS: null,
  };
}

function answered(draft: Draft, event: EventOf<'tool_result'>) {
  if (draft.tools.has(event.tool_use_id)) {
    return update(draft, event.tool_use_id, (tool) => ({ ...tool, result: event }));
  }
  // Its call lies before what is loaded.
  draft.tools.set(event.tool_use_id, draft.entries.length);
  draft.entries.push({
    ...base(event, event.parent_tool_use_id),
    kind: 'tool',
    id: event.tool_use_id,
    name: '',
    server: null,
    input: undefined,
    call: null,
    result: event,
    elapsedS: null,
  });
}

function update(draft: Draft, id: string, change: (tool: ToolEntry) => ToolEntry) {
  const at = draft.tools.get(id);
  const entry = at === undefined ? undefined : draft.entries[at];
  if (at !== undefined && entry?.kind === 'tool') draft.entries[at] = change(entry);
}

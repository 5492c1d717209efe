import { isFailure } from './failure';
import type { RunState } from './fold';
import { durationOf, hasFailed, isAgent } from './tools';
import type { Entry, ToolEntry } from './types';

export const FILTERS = ['all', 'text', 'tools', 'errors', 'system'] as const;
export type Filter = (typeof FILTERS)[number];

/** What is open: as it is by nature, everything, or nothing, and what the reader did by hand. */
export type Openness = { readonly mode: 'default' | 'all' | 'none'; readonly byHand: ReadonlyMap<string, boolean> };
export const CLOSED: Openness = { mode: 'default', byHand: new Map() };

export type EntryLine = {
  readonly kind: 'entry';
  readonly key: string;
  readonly entry: Entry;
  readonly depth: number;
  readonly isOpen: boolean;
  /** A call that has no answer yet. */
  readonly isRunning: boolean;
  /** How much a sub-agent did. */
  readonly nested: number;
};
export type StepLine = {
  readonly kind: 'step';
  readonly key: string;
  readonly tools: readonly ToolEntry[];
  readonly depth: number;
  readonly isOpen: boolean;
  readonly failed: number;
  readonly ms: number;
};
export type Line = EntryLine | StepLine;

type View = {
  readonly filter: Filter;
  readonly openness: Openness;
  /** Quiet rows that are shown nevertheless: they were asked for by address or by search. */
  readonly revealed?: ReadonlySet<string>;
  /** Steps that ran before the reader's eyes and stay open until the reader goes on. */
  readonly held?: ReadonlySet<string>;
};

/** Fewer calls in a row than this are not worth a fold. */
const STEP = 3;

const stepKey = (first: Entry) => `s${first.seq}`;

/** Rows as they are shown, one below the other. */
export function linesOf(state: RunState, view: View): Line[] {
  const { filter } = view;
  if (filter !== 'all') {
    return state.entries.filter((entry) => passes(entry, filter)).map((entry) => lineOf(entry, 0, 0, { state, view }));
  }
  const children = new Map<string, Entry[]>();
  const top: Entry[] = [];
  for (const [index, entry] of state.entries.entries()) {
    if (entry.isQuiet && !view.revealed?.has(entry.key)) continue;
    const parent = parentBefore(state, entry, index);
    const siblings = parent === null ? top : children.get(parent);
    if (siblings !== undefined) siblings.push(entry);
    else if (parent !== null) children.set(parent, [entry]);
  }
  const lines: Line[] = [];
  arrange(lines, top, 0, { state, view, children });
  return lines;
}

/** A call that came before. One that did not, or its own, would make what is below it vanish. */
function parentBefore(state: RunState, { parent }: Entry, index: number): string | null {
  const at = parent === null ? undefined : state.tools.get(parent);
  return at !== undefined && at < index ? parent : null;
}

/** Of two calls with one id only the one that the id leads to has anything below it: nothing is shown twice. */
const isNamed = (entry: Entry, { tools, entries }: RunState): entry is ToolEntry =>
  entry.kind === 'tool' && entries[tools.get(entry.id) ?? -1] === entry;

type Context = { state: RunState; view: View; children: ReadonlyMap<string, Entry[]> };

function arrange(lines: Line[], entries: readonly Entry[], depth: number, context: Context) {
  for (let at = 0; at < entries.length; ) {
    const entry = entries[at];
    if (entry === undefined) return;
    const end = endOfStep(entries, at, context);
    if (end - at < STEP) {
      place(lines, entry, depth, context);
      at += 1;
      continue;
    }
    const tools = entries.slice(at, end) as ToolEntry[];
    const isRunning = end === entries.length && context.state.isLive && entry.attempt === context.state.attempt;
    const step = stepOf(tools, depth, isRunning, context.view);
    lines.push(step);
    for (const tool of tools) if (step.isOpen || hasFailed(tool)) place(lines, tool, depth + 1, context);
    at = end;
  }
}

/** Calls that follow each other are a step. A sub-agent's call is a chapter of its own. */
function endOfStep(entries: readonly Entry[], from: number, { children }: Context): number {
  let end = from;
  for (;;) {
    const entry = entries[end];
    if (entry?.kind !== 'tool' || isAgent(entry) || children.has(entry.id)) return end;
    if (entry.attempt !== entries[from]?.attempt) return end;
    end += 1;
  }
}

function stepOf(tools: readonly ToolEntry[], depth: number, isRunning: boolean, view: View): StepLine {
  const [first] = tools as [ToolEntry];
  const key = stepKey(first);
  return {
    kind: 'step',
    key,
    tools,
    depth,
    isOpen: isOpen(key, isRunning || view.held?.has(key) === true, view.openness),
    failed: tools.filter(hasFailed).length,
    ms: tools.reduce((sum, tool) => sum + (durationOf(tool) ?? 0), 0),
  };
}

function place(lines: Line[], entry: Entry, depth: number, context: Context) {
  const nested = isNamed(entry, context.state) ? context.children.get(entry.id) : undefined;
  const line = lineOf(entry, depth, nested?.length ?? 0, context);
  lines.push(line);
  if (nested !== undefined && line.isOpen) arrange(lines, nested, depth + 1, context);
}

function lineOf(
  entry: Entry,
  depth: number,
  nested: number,
  { state, view }: Pick<Context, 'state' | 'view'>,
): EntryLine {
  const byNature = entry.kind === 'text' || entry.kind === 'user';
  const isUnanswered = entry.kind === 'tool' && entry.result === null;
  return {
    kind: 'entry',
    key: entry.key,
    entry,
    depth,
    isOpen: isOpen(entry.key, byNature, view.openness),
    isRunning: isUnanswered && state.isLive && entry.attempt === state.attempt,
    nested,
  };
}

function isOpen(key: string, byNature: boolean, { mode, byHand }: Openness): boolean {
  return byHand.get(key) ?? (mode === 'default' ? byNature : mode === 'all');
}

function passes(entry: Entry, filter: Exclude<Filter, 'all'>): boolean {
  switch (filter) {
    case 'text':
      return (entry.kind === 'text' || entry.kind === 'user') && !entry.isQuiet;
    case 'tools':
      return entry.kind === 'tool';
    case 'errors':
      return isFailure(entry);
    case 'system':
      return entry.kind === 'notice' || entry.isQuiet;
  }
}

function parentOf(state: RunState, { parent }: Entry): Entry | undefined {
  const at = parent === null ? undefined : state.tools.get(parent);
  return at === undefined ? undefined : state.entries[at];
}

/** What must be open for the entry to be seen: the sub-agents' calls above it, and the steps these are in. */
export function wayTo(state: RunState, entry: Entry): string[] {
  const keys = [entry.key];
  for (let parent = parentOf(state, entry); parent !== undefined; parent = parentOf(state, parent)) {
    // A log that was made to be circular.
    if (keys.includes(parent.key)) break;
    keys.push(parent.key);
  }
  return keys;
}

/** The key of the step that folds an entry away, if one does. */
export function stepAround(lines: readonly Line[], key: string): string | undefined {
  for (const line of lines) {
    if (line.kind === 'step' && !line.isOpen && line.tools.some((tool) => tool.key === key)) return line.key;
  }
  return undefined;
}

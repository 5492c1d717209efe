import { clean } from '@/lib/clean';
import type { RunState } from './fold';
import { type Filter, linesOf } from './lines';
import { contentText, pretty } from './text';
import { outputOf, summaryOf } from './tools';
import type { Entry } from './types';

/** One place where the query occurs: the `nth` in the text of its entry. */
export type Match = { readonly key: string; readonly seq: number; readonly nth: number };

/** Everything that an entry says, as its row and its details show it. */
function textOf(entry: Entry): string {
  switch (entry.kind) {
    case 'text':
    case 'thinking':
      return clean(entry.event.text);
    case 'user':
      return clean(contentText(entry.event.content));
    case 'tool': {
      const { label, subject } = summaryOf(entry);
      const input = entry.input === undefined ? '' : argumentsText(entry.input);
      return clean([label, input.includes(subject) ? '' : subject, input, outputOf(entry.result)].join('\n'));
    }
    case 'notice': {
      const { seq: _seq, at: _at, attempt: _attempt, ...body } = entry.event;
      return pretty(body);
    }
  }
}

function argumentsText(input: unknown): string {
  if (typeof input !== 'object' || input === null) return contentText(input);
  return Object.values(input)
    .map((value) => (typeof value === 'string' ? value : pretty(value, 0)))
    .join('\n');
}

const counts = new WeakMap<Entry, { query: string; count: number }>();

function countIn(entry: Entry, query: string, pattern: RegExp): number {
  const known = counts.get(entry);
  if (known?.query === query) return known.count;
  pattern.lastIndex = 0;
  let count = 0;
  const text = textOf(entry);
  while (pattern.exec(text) !== null) count += 1;
  counts.set(entry, { query, count });
  return count;
}

/** The query as it is looked for, upper and lower case alike; nothing where there is nothing to look for. */
export function patternOf(query: string): RegExp | null {
  return query.trim() === '' ? null : new RegExp(query.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu');
}

/** Every place where the query occurs, over all that is loaded and that the filter lets through; folded or not. */
export function search(state: RunState, query: string, filter: Filter): Match[] {
  const pattern = patternOf(query);
  if (pattern === null) return [];
  const matches: Match[] = [];
  const allowed =
    filter === 'all'
      ? null
      : new Set(linesOf(state, { filter, openness: { mode: 'none', byHand: new Map() } }).map(({ key }) => key));
  for (const entry of state.entries) {
    if (allowed !== null && !allowed.has(entry.key)) continue;
    const count = countIn(entry, pattern.source, pattern);
    for (let nth = 0; nth < count; nth += 1) matches.push({ key: entry.key, seq: entry.seq, nth });
  }
  return matches;
}

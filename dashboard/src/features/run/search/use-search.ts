import { useDeferredValue, useMemo, useState } from 'react';
import type { RunState } from '../model/fold';
import type { Filter } from '../model/lines';
import { type Match, patternOf, search } from '../model/search';

type Searching = {
  query: string;
  setQuery: (query: string) => void;
  pattern: RegExp | null;
  matches: readonly Match[];
  /** The match that is looked at, and its place among all. */
  current: Match | undefined;
  at: number;
  /** Looks at the match that follows, or the one before; at the first from `seq` on, where none is looked at. */
  step: (by: 1 | -1, seq: number) => Match | undefined;
  clear: () => void;
};

/** Search in what is loaded, kept true while events arrive. */
export function useSearch(run: RunState | undefined, filter: Filter): Searching {
  const [query, setQuery] = useState('');
  const [current, setCurrent] = useState<Match>();
  const wanted = useDeferredValue(query);
  const pattern = useMemo(() => patternOf(wanted), [wanted]);
  const matches = useMemo(() => (run === undefined ? [] : search(run, wanted, filter)), [run, wanted, filter]);
  const at =
    current === undefined ? -1 : matches.findIndex(({ key, nth }) => key === current.key && nth === current.nth);
  return {
    query,
    setQuery: (next) => {
      setQuery(next);
      setCurrent(undefined);
    },
    pattern,
    matches,
    current: matches[at],
    at,
    step(by, seq) {
      if (matches.length === 0) return undefined;
      const from = at >= 0 ? at + by : firstFrom(matches, seq);
      const next = matches[(from + matches.length) % matches.length];
      setCurrent(next);
      return next;
    },
    clear: () => {
      setQuery('');
      setCurrent(undefined);
    },
  };
}

function firstFrom(matches: readonly Match[], seq: number): number {
  const at = matches.findIndex((match) => match.seq >= seq);
  return Math.max(at, 0);
}

import { type RefObject, useLayoutEffect } from 'react';
import type { Match } from '../model/search';

const NAMES = { all: 'run-match', current: 'run-match-current' } as const;
/** More than this in what is on the screen is a search for "e". */
const MOST = 2_000;

function rangesIn(root: Node, pattern: RegExp): Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && ranges.length < MOST; node = walker.nextNode()) {
    for (const { index, 0: found } of (node.nodeValue ?? '').matchAll(pattern)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + found.length);
      ranges.push(range);
    }
  }
  return ranges;
}

/** Marks what was found in the rows that are drawn. The marks are no elements: the text stays as it is. */
export function useHighlights(root: RefObject<HTMLElement | null>, pattern: RegExp | null, current: Match | undefined) {
  useLayoutEffect(() => {
    if (typeof CSS === 'undefined' || !('highlights' in CSS)) return;
    if (pattern === null || root.current === null) {
      for (const name of Object.values(NAMES)) CSS.highlights.delete(name);
      return;
    }
    CSS.highlights.set(NAMES.all, new Highlight(...rangesIn(root.current, pattern)));
    const row = current && root.current.querySelector(`[data-key="${current.key}"]`);
    const found = row ? rangesIn(row, pattern) : [];
    const range = found[current?.nth ?? 0] ?? found[0];
    CSS.highlights.set(NAMES.current, range ? new Highlight(range) : new Highlight());
  });
}

import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect, useState } from 'react';
import { type Line, stepAround } from '../model/lines';

export type Goal = {
  readonly key: string;
  readonly align: 'auto' | 'center' | 'start' | 'end';
  readonly focus: boolean;
  /** Opens the step that folds the row away; without it the step is what is gone to. */
  readonly opensStep?: boolean;
};

/** Somewhere to go: as soon as the row is among the lines it is scrolled to, and has the focus if it is to. */
export function useGoal(
  lines: readonly Line[],
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  root: RefObject<HTMLDivElement | null>,
  openStep: (key: string) => void,
) {
  const [goal, setGoal] = useState<Goal | null>(null);
  useLayoutEffect(() => {
    if (goal === null) return;
    const folded = stepAround(lines, goal.key);
    // Once the step is open, the lines come anew, and with them this effect.
    if (folded !== undefined && goal.opensStep) return openStep(folded);
    const at = lines.findIndex(({ key }) => key === goal.key || key === folded);
    if (at < 0) return;
    virtualizer.scrollToIndex(at, { align: goal.align });
    setGoal(null);
    const key = lines[at]?.key;
    if (goal.focus) whenDrawn(() => root.current?.querySelector<HTMLElement>(`[data-key="${key}"] [data-row]`));
  }, [goal, lines, virtualizer, root, openStep]);
  return setGoal;
}

/** The row is drawn within a few frames, once the scrolling has come to it. */
function whenDrawn(find: () => HTMLElement | null | undefined, tries = 10) {
  const row = find();
  if (row) row.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => whenDrawn(find, tries - 1));
}

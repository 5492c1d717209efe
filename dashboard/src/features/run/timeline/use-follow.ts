import { useCallback, useRef, useState } from 'react';
import type { RunState } from '../model/fold';

/** So near to the end counts as at the end. */
export const NEAR_END = 64;

/**
 * Whether the reader follows the tail. Who scrolls up, or opens something, reads: nothing moves under their eyes until
 * they come back to the end by themselves.
 */
export function useFollow(run: RunState) {
  const [atEnd, setAtEnd] = useState(true);
  const [isReading, setReading] = useState(false);
  const seenSeq = useRef(0);
  const isFollowing = atEnd && !isReading;
  if (isFollowing) seenSeq.current = run.lastSeq;

  let news = 0;
  for (let at = run.entries.length - 1; at >= 0; at -= 1) {
    const entry = run.entries[at];
    if (entry === undefined || entry.seq <= seenSeq.current) break;
    if (!entry.isQuiet) news += 1;
  }
  return {
    isFollowing,
    news,
    /** There is something at the end that the reader does not see. */
    isAway: !atEnd || news > 0,
    /** What was scrolled. Only a hand takes the reader away from the end, and by hand to the end means: on with it. */
    scrolled: useCallback(
      (isAtEnd: boolean, byHand: boolean) => {
        if (isAtEnd || byHand || isReading) setAtEnd(isAtEnd);
        if (isAtEnd && byHand) setReading(false);
      },
      [isReading],
    ),
    read: useCallback(() => setReading(true), []),
    follow: useCallback(() => {
      setReading(false);
      setAtEnd(true);
    }, []),
  };
}

import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';

/** Keys with which one scrolls. */
const SCROLLING: ReadonlySet<string> = new Set([' ', 'ArrowDown', 'ArrowUp', 'End', 'Home', 'PageDown', 'PageUp']);
/** A wheel or a finger sets going what rolls on for a while. */
const MOMENTUM_MS = 1_500;

/** Tells scrolling by hand from what the page does by itself: wheel, finger, keys, and the bar at the side. */
export function useHand() {
  const touchedAt = useRef(Number.NEGATIVE_INFINITY);
  const isDragging = useRef(false);
  return useMemo(() => {
    const touch = () => {
      touchedAt.current = performance.now();
    };
    return {
      isByHand: () => isDragging.current || performance.now() - touchedAt.current < MOMENTUM_MS,
      handlers: {
        onWheel: touch,
        onTouchMove: touch,
        onKeyDown: (event: KeyboardEvent) => void (SCROLLING.has(event.key) && touch()),
        onPointerDown: (event: PointerEvent) => {
          isDragging.current = event.target === event.currentTarget;
        },
        onPointerUp: () => {
          if (isDragging.current) touch();
          isDragging.current = false;
        },
      },
    };
  }, []);
}

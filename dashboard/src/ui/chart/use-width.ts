import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** The width of an element, as it changes. The text of a chart keeps its size because the chart is drawn anew, not scaled. */
export function useWidth<T extends HTMLElement>(initial: number): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(initial);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measured = element.clientWidth;
    if (measured > 0) setWidth(measured);
    const observer = new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? 0);
      if (now > 0) setWidth(now);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

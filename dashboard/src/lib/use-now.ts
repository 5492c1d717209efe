import { useSyncExternalStore } from 'react';

/** The time, told to all who show it at once: every 30 s, or every second for what counts. */
function clock(everyMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    read: () => now,
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(tick, everyMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

const slow = clock(30_000);
const fast = clock(1000);
const idle = { read: () => 0, subscribe: () => () => undefined };

export const useNow = () => useSyncExternalStore(slow.subscribe, slow.read);

/** The time each second while `on`; it costs nothing otherwise. */
export function useSeconds(on: boolean): number {
  const source = on ? fast : idle;
  return useSyncExternalStore(source.subscribe, source.read);
}

const FIRST_MS = 250;
const MOST_MS = 15_000;

/** Full jitter: anything up to the bound, so that clients that lost the same server do not come back together. */
export function backoff(failures: number, random: () => number): number {
  const bound = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.round(random() * bound);
}

import type { WaitReason } from '@/api/types';

type Said = { label: string; why: string };

/** Exhaustive: a new reason does not compile until the page can explain it. */
export const WAITING: Record<WaitReason, Said> = {
  slots: { label: 'For a free slot', why: 'Every slot is taken; the next one that ends makes room.' },
  user_limit: {
    label: 'For their owner’s other tasks',
    why: 'The owner already has as many tasks running as one person may.',
  },
  not_before: { label: 'For their time', why: 'They were handed in with a time to start.' },
  backoff: { label: 'Before another attempt', why: 'An attempt failed; the next one follows after a pause.' },
  paused: { label: 'For the queue to resume', why: 'The queue is paused; nothing new starts.' },
};

export const WAIT_REASONS = Object.keys(WAITING) as WaitReason[];

/** `~4 min`: an estimate is not more exact than that. */
export function about(seconds: number): string {
  if (seconds < 45) return '< 1 min';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `~${minutes} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 36 ? `~${hours} h` : `~${Math.round(seconds / 86_400)} days`;
}

/** How the slots stand, in a sentence beside the gauge. */
export function fullness(running: number, limit: number): string {
  if (running > limit) return `${running - limit} above the limit, which was lowered while they ran.`;
  const free = limit - running;
  if (free === 0) return 'Full. Each end lets the next one start.';
  return free === 1 ? '1 slot is free.' : `${free} slots are free.`;
}

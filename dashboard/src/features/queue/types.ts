import type { QueueView as Promised } from '@/api/soon';

/** Who paused, and whether all that ran has ended. */
export interface Pause {
  at: string;
  /** Without an address the account is gone. */
  by: { id: string; email?: string | null };
  note?: string | null;
  drained: boolean;
}

export type QueueView = Omit<Promised, 'paused'> & { paused?: Pause | null };

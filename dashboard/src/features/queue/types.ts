import type { QueueView } from '@/api/soon';

/** Who paused, and whether all that ran has ended. */
export type Pause = NonNullable<QueueView['paused']>;

import type { QueueView } from '@/api/types';

/** Who paused, and whether all that ran has ended. */
export type Pause = NonNullable<QueueView['paused']>;

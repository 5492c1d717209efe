import { create } from 'zustand';

/**
 * - `idle`: nothing is followed
 * - `connecting`: the first attempt of this page
 * - `open`: pushes arrive
 * - `lost`: the next attempt is on its way
 * - `polling`: several attempts failed, what is followed is read every few seconds
 */
export type Phase = 'idle' | 'connecting' | 'open' | 'lost' | 'polling';

type Connection = { phase: Phase; failures: number; lostAt: number | null };

/** What the banner and the dot show. Written by the socket alone. */
export const useConnection = create<Connection>(() => ({ phase: 'idle', failures: 0, lostAt: null }));

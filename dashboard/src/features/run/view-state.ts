import { create } from 'zustand';
import { CLOSED, type Openness } from './model/lines';

/** What a reader opened in which task. It lasts as long as the page does. */
type Views = { openness: Readonly<Record<string, Openness>> };

export const useViews = create<Views>()(() => ({ openness: {} }));

export const useOpenness = (id: string): Openness => useViews((views) => views.openness[id] ?? CLOSED);

function change(id: string, make: (openness: Openness) => Openness) {
  useViews.setState(({ openness }) => ({ openness: { ...openness, [id]: make(openness[id] ?? CLOSED) } }));
}

export const setOpen = (id: string, keys: readonly string[], isOpen: boolean) =>
  change(id, ({ mode, byHand }) => {
    const next = new Map(byHand);
    for (const key of keys) next.set(key, isOpen);
    return { mode, byHand: next };
  });

export const openAll = (id: string) => change(id, () => ({ mode: 'all', byHand: new Map() }));
export const closeAll = (id: string) => change(id, () => ({ mode: 'none', byHand: new Map() }));

import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import type { State, Task } from '@/api/types';
import { read, write } from '@/lib/storage';
import { isTerminal, STATES } from '@/ui/state-chip';
import { toast } from '@/ui/toast';
import { clean } from '../model/clean';

const KEY = 'notify-on-end';
type Wish = { isWanted: boolean };
export const useNotifyOnEnd = create<Wish>()(() => ({
  isWanted: read(KEY, (value) => (value === true ? true : undefined)) ?? false,
}));

export const canNotify = () => typeof Notification !== 'undefined';

/** The browser asks for leave at the moment at which it is wanted, and not before. */
export async function setNotifyOnEnd(isWanted: boolean) {
  if (isWanted && (await Notification.requestPermission()) !== 'granted') {
    toast.error('The browser does not let this page notify you');
    return;
  }
  write(KEY, isWanted || undefined);
  useNotifyOnEnd.setState({ isWanted });
}

/** Tells of the end of a task that ended while the page was open, to who asked for it and looks elsewhere. */
export function useEndNotice(task: Task) {
  const before = useRef<State>(task.state);
  const isWanted = useNotifyOnEnd((wish) => wish.isWanted);
  useEffect(() => {
    const hasEnded = !isTerminal(before.current) && isTerminal(task.state);
    before.current = task.state;
    if (!hasEnded || !isWanted || document.hasFocus() || !canNotify() || Notification.permission !== 'granted') return;
    const { word, glyph } = STATES[task.state];
    const shown = new Notification(`${glyph} ${word}`, { body: clean(task.title), tag: task.id });
    shown.onclick = () => window.focus();
  }, [task.state, task.title, task.id, isWanted]);
}

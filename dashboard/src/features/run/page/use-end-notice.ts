import { useEffect, useRef } from 'react';
import type { State, Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { canNotify, useNotifyOnEnd } from '@/ui/notify-on-end';
import { isTerminal, STATES } from '@/ui/state-chip';

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

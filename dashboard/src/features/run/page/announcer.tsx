import { useEffect, useRef, useState } from 'react';
import type { Task, TodoItem } from '@/api/types';
import { clean } from '@/lib/clean';
import { STATES } from '@/ui/state-chip';

const EACH_MS = 5_000;

/** Says how the task stands and how far its list is, to who hears the page. Never every event. */
export function Announcer({ task, todos }: { task: Task; todos: readonly TodoItem[] }) {
  const done = todos.filter(({ status }) => status === 'completed').length;
  const now = todos.find(({ status }) => status === 'in_progress')?.subject;
  const progress = todos.length === 0 ? '' : ` ${done} of ${todos.length} done.${now ? ` Now: ${clean(now)}` : ''}`;
  const words = `${STATES[task.state].word}.${progress}`;
  const [said, setSaid] = useState('');
  const spokenAt = useRef(0);
  const first = useRef(words);
  useEffect(() => {
    // What stood there when the page was opened has been read with the page.
    if (words === first.current) return;
    first.current = '';
    const speak = () => {
      spokenAt.current = Date.now();
      setSaid(words);
    };
    const timer = setTimeout(speak, Math.max(0, spokenAt.current + EACH_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}

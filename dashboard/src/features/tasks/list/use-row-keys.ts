import { useRef } from 'react';
import { useShortcuts } from '@/lib/shortcuts';
import { rowSelector } from './task-row';

interface RowKeys {
  ids: readonly string[];
  onSelect: (id: string, range: boolean) => void;
  onClear: () => void;
  onNearEnd: () => void;
}

const GROUP = 'Task list';

/** Walks the rows that the filters left. Where one is, is where the focus is. */
export function useRowKeys({ ids, onSelect, onClear, onNearEnd }: RowKeys): void {
  const last = useRef<string>(undefined);
  const row = (id: string | undefined) => (id ? document.querySelector<HTMLElement>(rowSelector(id)) : null);
  const current = () =>
    document.activeElement?.closest('li')?.querySelector<HTMLElement>('[data-task-row]')?.dataset.taskRow;
  const move = (by: 1 | -1) => {
    const from = ids.indexOf(current() ?? last.current ?? '');
    const to = current() === undefined && from >= 0 ? from : Math.min(ids.length - 1, Math.max(0, from + by));
    last.current = ids[to];
    row(ids[to])?.focus();
    if (to >= ids.length - 3) onNearEnd();
  };
  useShortcuts([
    { keys: ['j', 'ArrowDown'], label: 'Next task', group: GROUP, run: () => move(1) },
    { keys: ['k', 'ArrowUp'], label: 'Previous task', group: GROUP, run: () => move(-1) },
    { keys: 'Enter', label: 'Open the task', group: GROUP, run: (event) => press(event, row(current())) },
    {
      keys: 'x',
      label: 'Select the task',
      group: GROUP,
      run: () => {
        const id = current();
        if (id) onSelect(id, false);
      },
    },
    {
      keys: 'shift+x',
      label: 'Select up to here',
      group: GROUP,
      run: () => {
        const id = current();
        if (id) onSelect(id, true);
      },
    },
    { keys: 'Escape', label: 'Clear the selection', group: GROUP, run: onClear },
  ]);
}

/** Enter opens the row that has the focus; on a button or a link elsewhere it is that one's. */
function press(event: KeyboardEvent, row: HTMLElement | null): void {
  const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>('a, button') : null;
  (pressed ?? row)?.click();
}

import type { RefObject } from 'react';
import { type Shortcut, useShortcuts } from '@/lib/shortcuts';
import { toast } from '@/ui/toast';
import type { TimelineDoor } from '../timeline/timeline';
import { closeAll, openAll } from '../view-state';

type Keys = {
  taskId: string;
  door: RefObject<TimelineDoor | null>;
  field: RefObject<HTMLInputElement | null>;
  step: (by: 1 | -1) => void;
  hasSearch: boolean;
  clear: () => void;
  toChanges: () => void;
};

const GROUP = 'Task';

/** What the keyboard does on the activity of a task. */
export function useActivityKeys({ taskId, door, field, step, hasSearch, clear, toChanges }: Keys) {
  const link = () => {
    const seq = door.current?.activeSeq();
    const address = `${window.location.origin}/tasks/${taskId}${seq === undefined ? '' : `?e=${seq}`}`;
    navigator.clipboard.writeText(address).then(
      () => toast.success('Link copied'),
      (error: unknown) => toast.error('Nothing was copied', error),
    );
  };
  const search = () => {
    field.current?.focus();
    field.current?.select();
  };
  const open = (isOpen: boolean) => () => {
    if (isInList()) door.current?.setActiveOpen(isOpen);
  };
  const shortcuts: Shortcut[] = [
    { keys: ['j', 'ArrowDown'], label: 'Next row', group: GROUP, run: () => door.current?.step(1) },
    { keys: ['k', 'ArrowUp'], label: 'Previous row', group: GROUP, run: () => door.current?.step(-1) },
    { keys: 'ArrowRight', label: 'Open the row', group: GROUP, run: open(true) },
    { keys: 'ArrowLeft', label: 'Close the row', group: GROUP, run: open(false) },
    { keys: 'e', label: 'Open all', group: GROUP, run: () => door.current?.hold(() => openAll(taskId)) },
    { keys: 'w', label: 'Close all', group: GROUP, run: () => door.current?.hold(() => closeAll(taskId)) },
    { keys: ['shift+g', 'End'], label: 'Latest', group: GROUP, run: () => door.current?.latest() },
    { keys: ['/', 'mod+f'], label: 'Search in the activity', group: GROUP, run: search },
    { keys: 'n', label: 'Next match', group: GROUP, run: () => step(1) },
    { keys: 'shift+n', label: 'Previous match', group: GROUP, run: () => step(-1) },
    { keys: 'd', label: 'Changes', group: GROUP, run: toChanges },
    { keys: 'y', label: 'Copy link to the row', group: GROUP, run: link },
  ];
  if (hasSearch) shortcuts.push({ keys: 'Escape', label: 'End the search', group: GROUP, run: clear });
  useShortcuts(shortcuts);
}

const isInList = () => document.activeElement?.closest('[role=log]') !== null;

import { useNavigate } from '@tanstack/react-router';
import { Bell, Copy, Ellipsis, Link2, PencilLine, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Task } from '@/api/types';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Menu, MenuCheckboxItem, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from '@/ui/menu';
import { canNotify, setNotifyOnEnd, useNotifyOnEnd } from '@/ui/notify-on-end';
import { isTerminal } from '@/ui/state-chip';
import { toast } from '@/ui/toast';
import type { RunHandle } from '../use-run';
import type { useTaskActions } from './actions';
import { ExportItems } from './export-items';

export type MoreMenuProps = {
  task: Task;
  handle: RunHandle;
  actions: ReturnType<typeof useTaskActions>;
  mayWrite: boolean;
};

const copy = (what: string, text: string) =>
  void navigator.clipboard.writeText(text).then(
    () => toast.success(`${what} copied`),
    (error: unknown) => toast.error('Nothing was copied', error),
  );

/** Comes when it is asked for, and is open then. */
export default function MoreMenu({ task, handle, actions, mayWrite }: MoreMenuProps) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const isWanted = useNotifyOnEnd((wish) => wish.isWanted);
  const isOver = isTerminal(task.state);
  return (
    <>
      <Menu defaultOpen>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label="More">
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          {mayWrite && (
            <MenuItem onSelect={() => void navigate({ href: `/tasks/new?from=${task.id}` })}>
              <PencilLine aria-hidden />
              Edit and run as new
            </MenuItem>
          )}
          {canNotify() && !isOver && (
            <MenuCheckboxItem checked={isWanted} onCheckedChange={(checked) => void setNotifyOnEnd(checked)}>
              <Bell aria-hidden />
              Notify me when tasks end
            </MenuCheckboxItem>
          )}
          <MenuItem onSelect={() => copy('Link', `${window.location.origin}/tasks/${task.id}`)}>
            <Link2 aria-hidden />
            Copy link
          </MenuItem>
          <MenuItem onSelect={() => copy('Id', task.id)}>
            <Copy aria-hidden />
            Copy id
          </MenuItem>
          <MenuSeparator />
          <MenuLabel>Save</MenuLabel>
          <ExportItems task={task} handle={handle} />
          {mayWrite && isOver && (
            <>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setAsking(true)}>
                <Trash2 aria-hidden />
                Delete
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title="Delete this task?"
        description="Its log, its files and its result are gone for good. What it cost stays in the usage."
        confirm="Delete task"
        danger
        busy={actions.remove.isPending}
        onConfirm={() => actions.remove.mutate()}
      />
    </>
  );
}

import { useState } from 'react';
import { Dialog, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { DialogForm } from '@/ui/form';
import { Input } from '@/ui/input';
import { usePause } from './api';

interface PauseDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  running: number;
}

export function PauseDialog({ open, onOpenChange, running }: PauseDialogProps) {
  const [note, setNote] = useState('');
  const pause = usePause();
  const close = () => onOpenChange(false);
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title="Pause the queue?"
        description={
          running > 0
            ? `Nothing new starts. What runs now (${running}) goes on to its end; new tasks are taken and wait.`
            : 'Nothing new starts. New tasks are taken and wait.'
        }
      >
        <DialogForm
          submit="Pause the queue"
          dismiss="Keep it open"
          busy={pause.isPending}
          onSubmit={() => pause.mutate(note.trim(), { onSuccess: close })}
          onClose={close}
        >
          <Field label="Why" optional hint="Whoever opens this page sees it, and so does the audit list.">
            {(control) => (
              <Input
                {...control}
                value={note}
                maxLength={200}
                placeholder="Deploying a new runner image"
                onChange={(event) => setNote(event.target.value)}
              />
            )}
          </Field>
        </DialogForm>
      </DialogContent>
    </Dialog>
  );
}

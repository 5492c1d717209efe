import { type FormEvent, useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pause.mutate(note.trim(), { onSuccess: () => onOpenChange(false) });
  };
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
        <form onSubmit={submit}>
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
          <DialogActions>
            <Button variant="outline" onClick={() => onOpenChange(false)}>
              Keep it open
            </Button>
            <Button type="submit" busy={pause.isPending}>
              Pause the queue
            </Button>
          </DialogActions>
        </form>
      </DialogContent>
    </Dialog>
  );
}

import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';

interface TypedConfirmProps {
  title: ReactNode;
  description: ReactNode;
  /** What must be typed, so that no hand does it by habit. */
  phrase: string;
  confirm: string;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** For what cannot be undone. */
export function TypedConfirm({ title, description, phrase, confirm, busy, onConfirm, onClose }: TypedConfirmProps) {
  const [typed, setTyped] = useState('');
  const ready = typed.trim() === phrase;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={title}
      description={description}
      confirm={confirm}
      danger
      busy={busy}
      disabled={!ready}
      onConfirm={onConfirm}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy) onConfirm();
        }}
      >
        <Field
          label={
            <>
              Type <span className="break-all rounded bg-muted px-1 font-mono text-xs">{phrase}</span> to go on
            </>
          }
        >
          {(control) => (
            <Input
              {...control}
              value={typed}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
      </form>
    </ConfirmDialog>
  );
}

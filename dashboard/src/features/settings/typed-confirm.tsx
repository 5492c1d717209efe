import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { isTyped, TypedPhrase } from '@/ui/typed-phrase';

interface TypedConfirmProps {
  title: ReactNode;
  description: ReactNode;
  phrase: string;
  confirm: string;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** For what cannot be undone. */
export function TypedConfirm({ title, description, phrase, confirm, busy, onConfirm, onClose }: TypedConfirmProps) {
  const [typed, setTyped] = useState('');
  const ready = isTyped(typed, phrase);
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
        <TypedPhrase phrase={phrase} value={typed} onChange={setTyped} />
      </form>
    </ConfirmDialog>
  );
}

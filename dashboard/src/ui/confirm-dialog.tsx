import { AlertDialog as A } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from './button';

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description: ReactNode;
  /** The verb on the button: "Cancel task", "Revoke". */
  confirm: string;
  /** What leaves everything as it is. */
  dismiss?: string;
  danger?: boolean;
  busy?: boolean;
  /** More to see or to fill in before one agrees. */
  children?: ReactNode;
  disabled?: boolean;
  onConfirm: () => void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <A.Root open={props.open} onOpenChange={props.onOpenChange}>
      <A.Portal>
        <A.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <A.Content
          data-slot="confirm-dialog"
          className="fixed top-[18vh] left-1/2 z-50 w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 animate-pop rounded-xl border bg-card p-5 shadow-float"
        >
          <A.Title className="font-semibold text-lg">{props.title}</A.Title>
          <A.Description className="mt-1 text-muted-foreground">{props.description}</A.Description>
          {props.children && <div className="mt-4">{props.children}</div>}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <A.Cancel asChild>
              <Button variant="outline">{props.dismiss ?? 'Keep as it is'}</Button>
            </A.Cancel>
            <Button
              variant={props.danger ? 'danger' : 'primary'}
              busy={props.busy ?? false}
              disabled={props.disabled ?? false}
              onClick={props.onConfirm}
            >
              {props.confirm}
            </Button>
          </div>
        </A.Content>
      </A.Portal>
    </A.Root>
  );
}

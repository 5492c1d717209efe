import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';
import { DialogActions } from './dialog';

/** What is wrong, where no field is to blame. */
export function FormFault({ children }: { children: string | undefined }) {
  return (
    children && (
      <p role="alert" className="text-danger text-sm">
        {children}
      </p>
    )
  );
}

interface FormProps {
  onSubmit: () => void;
  className?: string;
  children: ReactNode;
}

/** Our words about what is missing, not the browser’s. */
export function Form({ onSubmit, className, children }: FormProps) {
  return (
    <form
      noValidate
      className={cn('grid gap-4', className)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface DialogFormProps extends FormProps {
  /** The verb on the button. */
  submit: string;
  dismiss?: string;
  busy: boolean;
  fault?: string | undefined;
  onClose: () => void;
}

/** A form in a dialog: what to fill in, and the two ways out. */
export function DialogForm({ submit, dismiss, busy, fault, onClose, children, ...form }: DialogFormProps) {
  return (
    <Form {...form}>
      {children}
      <FormFault>{fault}</FormFault>
      <DialogActions className="mt-1">
        <Button variant="outline" onClick={onClose}>
          {dismiss ?? 'Never mind'}
        </Button>
        <Button type="submit" busy={busy}>
          {submit}
        </Button>
      </DialogActions>
    </Form>
  );
}

import { X } from 'lucide-react';
import { Dialog as D } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

export const Dialog = D.Root;

interface DialogContentProps extends Omit<ComponentProps<typeof D.Content>, 'title'> {
  title: ReactNode;
  description?: ReactNode;
}

export function DialogContent({ title, description, className, children, ...props }: DialogContentProps) {
  const described = description ? {} : { 'aria-describedby': undefined };
  return (
    <D.Portal>
      <D.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
      <D.Content
        data-slot="dialog"
        className={cn(
          'fixed top-[12vh] left-1/2 z-50 flex max-h-[80vh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 animate-pop flex-col rounded-xl border bg-card shadow-float',
          className,
        )}
        {...described}
        {...props}
      >
        <div className="px-5 pt-5">
          <D.Title className="pr-8 font-semibold text-lg">{title}</D.Title>
          {description && <D.Description className="mt-1 text-muted-foreground">{description}</D.Description>}
        </div>
        <div className="min-h-0 overflow-y-auto px-5 pt-4 pb-5">{children}</div>
        {/* The last, so that what the dialog is about is the first to have the focus. */}
        <D.Close asChild>
          <Button variant="ghost" size="icon-sm" aria-label="Close" className="absolute top-4 right-3.5">
            <X aria-hidden />
          </Button>
        </D.Close>
      </D.Content>
    </D.Portal>
  );
}

/** The row of buttons at a dialog's end. */
export function DialogActions({ className, ...props }: ComponentProps<'div'>) {
  return <div className={cn('mt-5 flex flex-wrap justify-end gap-2', className)} {...props} />;
}

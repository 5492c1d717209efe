import { X } from 'lucide-react';
import { Dialog as D } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

export const Sheet = D.Root;

const SIDES = {
  right: 'inset-y-0 right-0 w-[min(24rem,calc(100vw-2.5rem))] animate-sheet-right border-l',
  bottom:
    'inset-x-0 bottom-0 max-h-[85vh] animate-sheet-bottom rounded-t-2xl border-t pb-[env(safe-area-inset-bottom)]',
};

interface SheetContentProps {
  title: ReactNode;
  side?: keyof typeof SIDES;
  className?: string;
  children: ReactNode;
}

/** A panel that slides in from an edge. */
export function SheetContent({ title, side = 'right', className, children }: SheetContentProps) {
  return (
    <D.Portal>
      <D.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
      <D.Content
        data-slot="sheet"
        aria-describedby={undefined}
        className={cn('fixed z-50 flex flex-col bg-card shadow-float', SIDES[side], className)}
      >
        <D.Title className="px-4 pt-3.5 pr-12 pb-2 font-semibold">{title}</D.Title>
        <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">{children}</div>
        {/* The last, as in a dialog. */}
        <D.Close asChild>
          <Button variant="ghost" size="icon-sm" aria-label="Close" className="absolute top-3 right-3">
            <X aria-hidden />
          </Button>
        </D.Close>
      </D.Content>
    </D.Portal>
  );
}

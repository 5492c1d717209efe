import type { ReactNode } from 'react';
import { Sheet, SheetContent } from '@/ui/sheet';

/** The rail, where the window has no room beside the log. */
export default function RailSheet({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <Sheet open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <SheetContent title="At a glance">{children}</SheetContent>
    </Sheet>
  );
}

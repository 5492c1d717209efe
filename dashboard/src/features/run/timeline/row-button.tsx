import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Tooltip } from '@/ui/tooltip';

type RowButtonProps = {
  isOpen: boolean;
  tabIndex: number;
  onClick: () => void;
  className?: string;
  children: ReactNode;
};

/** The one line of a row that opens. Of all rows one can be reached with Tab, the others with J and K. */
export function RowButton({ isOpen, tabIndex, onClick, className, children }: RowButtonProps) {
  return (
    <button
      type="button"
      data-row
      tabIndex={tabIndex}
      aria-expanded={isOpen}
      onClick={onClick}
      className={cn(
        'run-row flex min-h-7 w-full items-center gap-2.5 rounded-md px-1.5 text-left text-sm hover:bg-muted aria-expanded:bg-muted/60',
        className,
      )}
    >
      {children}
    </button>
  );
}

type RowToolProps = { label: string; isPressed?: boolean; onClick: () => void; children: ReactNode };

/** Something small to do with a row. */
export function RowTool({ label, isPressed, onClick, children }: RowToolProps) {
  return (
    <Tooltip label={label}>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={label}
        {...(isPressed === undefined ? {} : { 'aria-pressed': isPressed })}
        onClick={onClick}
        className="aria-pressed:bg-muted aria-pressed:text-foreground"
      >
        {children}
      </Button>
    </Tooltip>
  );
}

import { Tooltip as T } from 'radix-ui';
import type { ReactNode } from 'react';

export const TooltipProvider = T.Provider;

/** A word about an icon. It is never the only place where something is said: the trigger has its own label. */
export function Tooltip({
  label,
  side,
  children,
}: {
  label: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactNode;
}) {
  return (
    <T.Root>
      <T.Trigger asChild>{children}</T.Trigger>
      <T.Portal>
        <T.Content
          side={side ?? 'top'}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 animate-fade rounded-md bg-foreground px-2 py-1 text-background text-xs"
        >
          {label}
        </T.Content>
      </T.Portal>
    </T.Root>
  );
}

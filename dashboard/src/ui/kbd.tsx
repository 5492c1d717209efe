import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export function Kbd({ className, ...props }: ComponentProps<'kbd'>) {
  return (
    <kbd
      data-slot="kbd"
      className={cn(
        'inline-grid h-5 min-w-5 shrink-0 place-items-center whitespace-nowrap rounded border bg-muted px-1 text-[0.6875rem] text-muted-foreground leading-none',
        className,
      )}
      {...props}
    />
  );
}

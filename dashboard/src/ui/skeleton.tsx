import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** The shape of what is coming. The region around it says `aria-busy`. */
export function Skeleton({ className, ...props }: ComponentProps<'div'>) {
  return (
    <div aria-hidden data-slot="skeleton" className={cn('animate-pulse rounded-md bg-muted', className)} {...props} />
  );
}

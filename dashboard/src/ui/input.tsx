import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export const inputClasses =
  'w-full min-w-0 rounded-md border border-input bg-card px-3 text-base placeholder:text-muted-foreground disabled:opacity-50 aria-invalid:border-danger focus-visible:outline-offset-0';

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input data-slot="input" className={cn(inputClasses, 'h-9', className)} {...props} />;
}

import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';
import { inputClasses } from './input';

/** Grows with what is written, up to the `max-h-*` that is given. */
export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return (
    <textarea
      data-slot="textarea"
      className={cn(inputClasses, 'field-sizing-content min-h-20 resize-none py-2', className)}
      {...props}
    />
  );
}

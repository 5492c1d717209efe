import { Check } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** The browser’s own, under a box that looks like ours: what can be pressed is 24 px, what is seen is not. */
export function Checkbox({ className, ...props }: Omit<ComponentProps<'input'>, 'type'>) {
  return (
    <span data-slot="checkbox" className={cn('relative size-4 shrink-0', className)}>
      <input type="checkbox" className="peer absolute -inset-1 size-6 appearance-none outline-none" {...props} />
      <span
        aria-hidden
        className="pointer-events-none absolute inset-0 grid place-items-center rounded-[0.25rem] border border-input bg-card text-transparent peer-checked:border-primary peer-checked:bg-primary peer-checked:text-primary-foreground peer-disabled:opacity-50 peer-focus-visible:outline-2 peer-focus-visible:outline-ring peer-focus-visible:outline-offset-2"
      >
        <Check className="size-3" strokeWidth={3} />
      </span>
    </span>
  );
}

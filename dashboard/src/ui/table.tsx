import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** A table that scrolls sideways by itself where it is too wide. */
export function Table({ className, label, ...props }: ComponentProps<'table'> & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section data-slot="table" className="overflow-x-auto" tabIndex={0} aria-label={label}>
      <table className={cn('w-full border-collapse text-left text-sm', className)} {...props} />
    </section>
  );
}

export function Th({ className, ...props }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      className={cn(
        'whitespace-nowrap border-b px-3 py-2 font-medium text-muted-foreground text-xs first:pl-5 last:pr-5',
        className,
      )}
      {...props}
    />
  );
}

export function Td({ className, ...props }: ComponentProps<'td'>) {
  return <td className={cn('border-b px-3 py-2.5 align-middle first:pl-5 last:pr-5', className)} {...props} />;
}

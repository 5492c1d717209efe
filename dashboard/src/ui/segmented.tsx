import { type ReactNode, useId } from 'react';
import { cn } from '@/lib/cn';

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
  className?: string;
}

/** One of a few, all in sight: radio buttons that look like one control. */
export function Segmented<T extends string>({ label, value, options, onChange, className }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className={cn('inline-flex max-w-full rounded-md border bg-muted p-0.5 dark:bg-background', className)}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={cn(
            'relative flex h-7 cursor-pointer items-center gap-1.5 rounded-[5px] px-2.5 text-muted-foreground text-sm hover:text-foreground has-focus-visible:outline-2 has-focus-visible:outline-ring [&_svg]:size-4',
            value === option.value && 'bg-card font-medium text-foreground shadow-xs dark:bg-muted',
          )}
        >
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={option.value}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

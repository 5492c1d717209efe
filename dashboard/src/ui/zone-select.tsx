import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';
import { inputClasses } from './input';

interface ZoneSelectProps extends Omit<ComponentProps<'select'>, 'value' | 'onChange'> {
  value: string;
  onChange: (zone: string) => void;
}

/** One of four hundred time zones: the browser's own list is searched by typing, and is quick. */
export function ZoneSelect({ value, onChange, className, ...props }: ZoneSelectProps) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([value, here, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  return (
    <span className={cn('relative block', className)}>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={cn(inputClasses, 'h-9 appearance-none pr-9')}
        {...props}
      >
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll('_', ' ')}
            {zone === here && zone !== 'UTC' ? ' (here)' : ''}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-y-0 right-3 my-auto size-4 text-muted-foreground"
      />
    </span>
  );
}

import { ToggleGroup } from 'radix-ui';
import { number } from '@/lib/format';
import { FILTERS, type Filter } from '../model/lines';

const WORDS: Record<Filter, string> = { all: 'All', text: 'Text', tools: 'Tools', errors: 'Errors', system: 'System' };

/** What of the log is shown. It goes on applying to what arrives. */
export function FilterChips({
  value,
  errors,
  onChange,
}: {
  value: Filter;
  errors: number;
  onChange: (filter: Filter) => void;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      aria-label="Show"
      className="flex shrink-0 gap-0.5"
      onValueChange={(next) => onChange((next || 'all') as Filter)}
    >
      {FILTERS.map((filter) => (
        <ToggleGroup.Item
          key={filter}
          value={filter}
          className="h-7 rounded-md px-2 font-medium text-muted-foreground text-xs hover:text-foreground data-[state=on]:bg-muted data-[state=on]:text-foreground"
        >
          {WORDS[filter]}
          {filter === 'errors' && errors > 0 && <span className="ml-1 text-danger tabular-nums">{number(errors)}</span>}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

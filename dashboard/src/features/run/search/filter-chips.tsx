import { number } from '@/lib/format';
import { Segmented } from '@/ui/segmented';
import { FILTERS, type Filter } from '../model/lines';

const WORDS: Record<Filter, string> = { all: 'All', text: 'Text', tools: 'Tools', errors: 'Errors', system: 'System' };

interface FilterChipsProps {
  value: Filter;
  errors: number;
  onChange: (filter: Filter) => void;
}

/** What of the log is shown. It goes on applying to what arrives. */
export function FilterChips({ value, errors, onChange }: FilterChipsProps) {
  return (
    <Segmented
      label="Show"
      value={value}
      onChange={onChange}
      options={FILTERS.map((filter) => ({
        value: filter,
        label: (
          <>
            {WORDS[filter]}
            {filter === 'errors' && errors > 0 && <span className="text-danger tabular-nums">{number(errors)}</span>}
          </>
        ),
      }))}
    />
  );
}

import { X } from 'lucide-react';
import { clean } from '@/lib/clean';
import { STATES } from '@/ui/state-chip';
import { countFilters, FILTERS, parseStates, type TaskSearch } from '../search';

interface FilterChipsProps {
  search: TaskSearch;
  onChange: (change: Partial<Record<keyof TaskSearch, undefined>>) => void;
}

const LABELS: Record<Exclude<(typeof FILTERS)[number], 'q'>, string> = {
  state: 'State',
  tag: 'Tag',
  repository: 'Repository',
  model: 'Model',
  from: 'From',
  to: 'To',
};

/** Which filters are set, each with a way out. The text has its own field. */
export function FilterChips({ search, onChange }: FilterChipsProps) {
  const set = FILTERS.filter((name) => name !== 'q' && search[name] !== undefined) as (keyof typeof LABELS)[];
  if (set.length === 0) return null;
  return (
    <ul aria-label="Filters" className="flex flex-wrap items-center gap-1.5">
      {set.map((name) => (
        <li
          key={name}
          className="inline-flex h-7 max-w-full items-center gap-1.5 rounded-full border bg-card pr-0.5 pl-2.5 text-sm"
        >
          <span className="text-muted-foreground">{LABELS[name]}</span>
          <span className="truncate">{clean(shown(name, search[name] ?? ''))}</span>
          <button
            type="button"
            aria-label={`Remove filter: ${LABELS[name]}`}
            className="grid size-6 place-items-center rounded-full text-muted-foreground hover:bg-muted hover:text-foreground"
            onClick={() => onChange({ [name]: undefined })}
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </li>
      ))}
      {countFilters(search) > 1 && (
        <li>
          <button
            type="button"
            className="h-7 rounded-md px-2 text-muted-foreground text-sm hover:text-foreground"
            onClick={() => onChange(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}
          >
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

function shown(name: keyof typeof LABELS, value: string): string {
  return name === 'state'
    ? parseStates(value)
        .map((state) => STATES[state].word)
        .join(', ')
    : value.replaceAll(',', ', ');
}

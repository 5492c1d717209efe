import { type FormEvent, useState } from 'react';
import type { State } from '@/api/types';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Popover, PopoverContent, PopoverTrigger } from '@/ui/popover';
import { STATES } from '@/ui/state-chip';
import { parseStates, parseTaskSearch, type TaskSearch } from '../search';
import { FilterButton } from './filter-button';

interface FilterPopoverProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  search: TaskSearch;
  onApply: (search: TaskSearch) => void;
}

/** Loaded when it is first opened. */
export default function FilterPopover({ open, onOpenChange, search, onApply }: FilterPopoverProps) {
  return (
    <Popover open={open} onOpenChange={onOpenChange}>
      <PopoverTrigger asChild>
        <FilterButton search={search} />
      </PopoverTrigger>
      <PopoverContent align="end" className="w-[22rem]" aria-label="Filters">
        <FilterForm
          search={search}
          onApply={(next) => {
            onApply(next);
            onOpenChange(false);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}

const TEXT_FIELDS = [
  { name: 'repository', label: 'Repository', placeholder: 'acme/shop' },
  { name: 'model', label: 'Model', placeholder: 'claude-sonnet-5' },
  { name: 'tag', label: 'Tags', placeholder: 'nightly, docs' },
] as const;

function FilterForm({ search, onApply }: Pick<FilterPopoverProps, 'search' | 'onApply'>) {
  const [draft, setDraft] = useState(search);
  const states = parseStates(draft.state);
  const change = (part: Partial<TaskSearch>) => setDraft({ ...draft, ...part });
  const toggle = (state: State) => {
    const next = states.includes(state) ? states.filter((other) => other !== state) : [...states, state];
    change({ state: next.join(',') });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tag =
      draft.tag
        ?.split(',')
        .map((part) => part.trim())
        .filter(Boolean)
        .join(',') ?? '';
    onApply(parseTaskSearch({ ...draft, tag }));
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <fieldset>
        <legend className="mb-2 font-medium text-sm">State</legend>
        <div className="grid grid-cols-2 gap-x-3 gap-y-1.5">
          {(Object.keys(STATES) as State[]).map((state) => (
            // biome-ignore lint/a11y/noLabelWithoutControl: the control is in it, one component further down
            <label key={state} className="flex min-h-6 items-center gap-2 text-sm">
              <Checkbox checked={states.includes(state)} onChange={() => toggle(state)} />
              {STATES[state].word}
            </label>
          ))}
        </div>
      </fieldset>
      {TEXT_FIELDS.map(({ name, label, placeholder }) => (
        <Field key={name} label={label}>
          {(control) => (
            <Input
              {...control}
              placeholder={placeholder}
              value={draft[name] ?? ''}
              onChange={(event) => change({ [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <div className="grid grid-cols-2 gap-3">
        {(['from', 'to'] as const).map((name) => (
          <Field key={name} label={name === 'from' ? 'Handed in from' : 'Until'}>
            {(control) => (
              <Input
                {...control}
                type="date"
                value={draft[name] ?? ''}
                onChange={(event) => change({ [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <div className="flex justify-between gap-2">
        <Button
          variant="ghost"
          onClick={() => onApply(parseTaskSearch({ view: search.view, q: search.q, scope: search.scope }))}
        >
          Clear
        </Button>
        <Button type="submit">Apply</Button>
      </div>
    </form>
  );
}

import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import type { AuditSearch } from './audit-search';
import { ACTIONS, AUDIT_ACTIONS, type AuditAction, KINDS, type Kind } from './words';

interface AuditFiltersProps {
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

const KIND_OPTIONS = [
  { value: 'any' as const, label: 'Everything' },
  ...(Object.keys(KINDS) as Kind[]).map((value) => ({ value, label: KINDS[value] })),
];

export function AuditFilters({ search, onSearch }: AuditFiltersProps) {
  const { kind, action, ...rest } = search;
  const actions = AUDIT_ACTIONS.filter((name) => !kind || ACTIONS[name].kind === kind);
  return (
    <search className="flex flex-wrap gap-2">
      <Input
        type="search"
        aria-label="Who or what"
        placeholder="Who or what"
        className="w-56 max-sm:w-full"
        value={search.who ?? ''}
        onChange={({ target }) => {
          const { who: _, ...others } = search;
          onSearch(target.value ? { ...others, who: target.value } : others);
        }}
      />
      <Select<Kind | 'any'>
        aria-label="Kind"
        className="w-40 max-sm:flex-1"
        value={kind ?? 'any'}
        options={KIND_OPTIONS}
        // An action is of one kind: with another, the two together would match nothing.
        onChange={(next) => onSearch(next === 'any' ? rest : { ...rest, kind: next })}
      />
      <Select<AuditAction | 'any'>
        aria-label="Action"
        className="w-52 max-sm:flex-1"
        value={action ?? 'any'}
        options={[
          { value: 'any' as const, label: 'Any action' },
          ...actions.map((value) => ({ value, label: ACTIONS[value].did })),
        ]}
        onChange={(next) => {
          const others = { ...rest, ...(kind ? { kind } : {}) };
          onSearch(next === 'any' ? others : { ...others, action: next });
        }}
      />
    </search>
  );
}

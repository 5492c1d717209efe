import { Search } from 'lucide-react';
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { useDebounced } from '@/lib/use-debounced';
import { Input } from '@/ui/input';
import { countFilters, type TaskSearch } from '../search';
import { FilterButton } from './filter-button';
import { useSavedViews } from './saved-views';

const FilterPopover = lazy(() => import('./filter-popover'));
const ViewsMenu = lazy(() => import('./views-menu'));

interface FilterBarProps {
  search: TaskSearch;
  onSearch: (search: TaskSearch) => void;
  filtersOpen: boolean;
  onFiltersOpen: (open: boolean) => void;
  textRef: RefObject<HTMLInputElement | null>;
}

export function FilterBar({ search, onSearch, filtersOpen, onFiltersOpen, textRef }: FilterBarProps) {
  const [text, setText] = useTextInAddress(search, onSearch);
  const hasViews = useSavedViews(({ views }) => views.length > 0);
  const [everOpened, setEverOpened] = useState(filtersOpen);
  if (filtersOpen && !everOpened) setEverOpened(true);
  const button = <FilterButton search={search} aria-haspopup="dialog" onClick={() => onFiltersOpen(true)} />;
  return (
    <div className="flex items-center gap-2">
      <div className="relative min-w-0 flex-1 md:max-w-72">
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-muted-foreground" />
        <Input
          ref={textRef}
          type="search"
          aria-label="Search the titles"
          placeholder="Search the titles"
          className="border-border pl-9"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
      </div>
      <div className="flex items-center gap-2 md:ml-auto">
        {(hasViews || countFilters(search) > 0) && (
          <Suspense>
            <ViewsMenu search={search} onChoose={onSearch} />
          </Suspense>
        )}
        {everOpened ? (
          <Suspense fallback={button}>
            <FilterPopover open={filtersOpen} onOpenChange={onFiltersOpen} search={search} onApply={onSearch} />
          </Suspense>
        ) : (
          button
        )}
      </div>
    </div>
  );
}

/** What is typed goes into the address a moment later; what the address says otherwise goes into the field. */
function useTextInAddress(search: TaskSearch, onSearch: (search: TaskSearch) => void) {
  const [text, setText] = useState(search.q ?? '');
  const settled = useDebounced(text, 250);
  const told = useRef(search.q ?? '');
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed goes out
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    const { q: _, ...rest } = search;
    onSearch(settled.trim() ? { ...rest, q: settled } : rest);
  }, [settled]);
  useEffect(() => {
    const q = search.q ?? '';
    if (q === told.current) return;
    told.current = q;
    setText(q);
  }, [search.q]);
  return [text, setText] as const;
}

import { ChevronDown, ChevronUp, Search, X } from 'lucide-react';
import { type Ref, useId } from 'react';
import { number } from '@/lib/format';
import { Button } from '@/ui/button';

type SearchBarProps = {
  field: Ref<HTMLInputElement>;
  query: string;
  /** Which of the matches is looked at, from 0; -1 where none is. */
  at: number;
  count: number;
  /** Not all of the log is here. */
  isPartial: boolean;
  onQuery: (query: string) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
};

/** Search in the log: over all of it, folded or not, with the true count. */
export function SearchBar({ field, query, at, count, isPartial, onQuery, onStep, onClose }: SearchBarProps) {
  const id = useId();
  const has = query.trim() !== '';
  return (
    <search className="flex h-8 min-w-0 flex-1 items-center gap-0.5 rounded-md border bg-card pr-0.5 pl-2 focus-within:border-ring sm:max-w-80">
      <Search aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <label htmlFor={id} className="sr-only">
        Search in the activity
      </label>
      <input
        ref={field}
        id={id}
        type="text"
        value={query}
        placeholder="Search"
        autoComplete="off"
        spellCheck={false}
        className="h-full min-w-0 flex-1 bg-transparent px-1.5 text-sm outline-none placeholder:text-muted-foreground"
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {has && (
        <>
          <output
            className="shrink-0 px-1 text-muted-foreground text-xs tabular-nums"
            title={isPartial ? 'Of what is loaded' : undefined}
          >
            {count === 0 ? 'None' : `${number(at + 1)}/${number(count)}`}
            {isPartial && '+'}
          </output>
          <Button
            variant="ghost"
            size="icon-sm"
            className="size-6"
            aria-label="Previous match"
            disabled={count === 0}
            onClick={() => onStep(-1)}
          >
            <ChevronUp aria-hidden />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            className="size-6"
            aria-label="Next match"
            disabled={count === 0}
            onClick={() => onStep(1)}
          >
            <ChevronDown aria-hidden />
          </Button>
          <Button variant="ghost" size="icon-sm" className="size-6" aria-label="Clear search" onClick={onClose}>
            <X aria-hidden />
          </Button>
        </>
      )}
    </search>
  );
}

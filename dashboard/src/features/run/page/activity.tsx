import { Inbox, LoaderCircle } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Task } from '@/api/types';
import { number } from '@/lib/format';
import { EmptyState } from '@/ui/empty-state';
import { isTerminal } from '@/ui/state-chip';
import { isFailure } from '../model/failure';
import { entryAt, type RunState } from '../model/fold';
import { type Filter, wayTo } from '../model/lines';
import type { Entry } from '../model/types';
import { FilterChips } from '../search/filter-chips';
import { SearchBar } from '../search/search-bar';
import { Toolbar } from '../search/toolbar';
import { useSearch } from '../search/use-search';
import { Timeline, type TimelineDoor } from '../timeline/timeline';
import type { RunHandle } from '../use-run';
import { setOpen } from '../view-state';
import { useActivityKeys } from './use-activity-keys';
import { Waiting } from './waiting';

type ActivityProps = {
  task: Task;
  run: RunState;
  handle: RunHandle;
  /** The event that the address names. */
  event: number | undefined;
  toChanges: () => void;
};

const NONE: ReadonlySet<string> = new Set();

/** What happens and happened, as one page to read. */
export function Activity({ task, run, handle, event, toChanges }: ActivityProps) {
  const [filter, setFilter] = useState<Filter>('all');
  const [revealed, setRevealed] = useState(NONE);
  const [isSearching, setSearching] = useState(false);
  const door = useRef<TimelineDoor>(null);
  const field = useRef<HTMLInputElement>(null);
  const searching = useSearch(run, filter);
  const errors = useMemo(() => run.entries.filter(isFailure).length, [run.entries]);

  const show = useCallback(
    (entry: Entry, focus: boolean, isOpen: boolean) => {
      const [own, ...around] = wayTo(run, entry);
      if (entry.isQuiet) setRevealed((known) => new Set(known).add(entry.key));
      if (around.length > 0) setOpen(task.id, around, true);
      if (isOpen && own !== undefined) setOpen(task.id, [own], true);
      door.current?.go({ key: entry.key, align: 'center', focus, opensStep: true });
    },
    [run, task.id],
  );

  useNamedEvent({ event, run, handle, show, reset: () => setFilter('all') });

  const step = (by: 1 | -1) => {
    const match = searching.step(by, door.current?.activeSeq() ?? 0);
    const entry = match && entryAt(run, match.seq);
    if (entry) show(entry, false, true);
  };
  useActivityKeys({
    taskId: task.id,
    door,
    field,
    step,
    hasSearch: searching.query !== '',
    clear: searching.clear,
    toChanges,
  });

  const isWaiting = run.entries.length === 0 && !isTerminal(task.state) && task.state !== 'running';
  const empty = isWaiting ? <Waiting task={task} /> : <Nothing filter={filter} isOver={isTerminal(task.state)} />;
  return (
    <>
      <Toolbar isSearching={isSearching || searching.query !== ''} onSearch={() => setSearching(true)}>
        <FilterChips value={filter} errors={errors} onChange={setFilter} />
        <SearchBar
          field={field}
          query={searching.query}
          at={searching.at}
          count={searching.matches.length}
          isPartial={run.firstSeq > 1}
          onQuery={searching.setQuery}
          onStep={step}
          onClose={() => {
            searching.clear();
            setSearching(false);
          }}
        />
      </Toolbar>
      {event !== undefined && event < run.firstSeq && (
        <p role="status" className="flex items-center gap-2 border-b px-6 py-1.5 text-muted-foreground text-sm">
          <LoaderCircle aria-hidden className="size-4 animate-spin" />
          Reading back to event {number(event)}
        </p>
      )}
      <Timeline
        taskId={task.id}
        run={run}
        filter={filter}
        revealed={revealed}
        pattern={searching.pattern}
        match={searching.current}
        seen={handle.seen}
        startsElsewhere={event !== undefined}
        door={door}
        empty={empty}
      />
    </>
  );
}

type Named = {
  event: number | undefined;
  run: RunState;
  handle: RunHandle;
  show: (entry: Entry, focus: boolean, isOpen: boolean) => void;
  reset: () => void;
};

/** Goes to the event that the address names, as soon as it is loaded; asks for it where it is not. */
function useNamedEvent({ event, run, handle, show, reset }: Named) {
  const done = useRef<number>(undefined);
  useEffect(() => {
    if (event === undefined || done.current === event) return;
    if (event < run.firstSeq) return void handle.reach(event);
    const entry = entryAt(run, event);
    if (entry === undefined) return;
    done.current = event;
    reset();
    show(entry, true, true);
  });
}

function Nothing({ filter, isOver }: { filter: Filter; isOver: boolean }) {
  if (filter !== 'all') return <EmptyState icon={Inbox} title="Nothing of this kind so far" />;
  return (
    <EmptyState icon={Inbox} title={isOver ? 'Nothing happened' : 'Nothing so far'}>
      {isOver ? 'The task ended before it began.' : 'What the agent does is shown here, as it happens.'}
    </EmptyState>
  );
}

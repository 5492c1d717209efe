import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, User, Users } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useRole } from '@/api/me';
import { useShortcuts } from '@/lib/shortcuts';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { PageHeader } from '@/ui/page-header';
import { countsQuery } from '../api';
import type { Asked } from '../bulk/bulk-bar';
import { extendTo, NOTHING, type Selection, selectAll, toggle } from '../bulk/selection';
import { FilterBar } from '../filters/filter-bar';
import { FilterChips } from '../filters/filter-chips';
import { countFilters, parseTaskSearch, type TaskSearch, toFilter } from '../search';
import { EmptyList } from './empty-list';
import { ListSkeleton } from './list-skeleton';
import { NewPill } from './new-pill';
import { TaskRow } from './task-row';
import { useRowKeys } from './use-row-keys';
import { useTaskList } from './use-task-list';
import { ViewTabs } from './view-tabs';

const BulkBar = lazy(() => import('../bulk/bulk-bar'));
const BulkDialog = lazy(() => import('@/ui/bulk/bulk-dialog').then((module) => ({ default: module.BulkDialog })));

interface TaskListPageProps {
  search: TaskSearch;
  onSearch: (search: TaskSearch) => void;
  /** What somebody sees who has never handed in a task. */
  firstRun: ReactNode;
}

export function TaskListPage({ search, onSearch, firstRun }: TaskListPageProps) {
  const role = useRole();
  const canWrite = role !== undefined && role !== 'viewer';
  const { query, rows, arrived, left, refresh } = useTaskList(search);
  const { data: counts } = useQuery(countsQuery(search.scope));
  const [filtersOpen, setFiltersOpen] = useState(false);
  const textRef = useRef<HTMLInputElement>(null);
  const { selection, select, setSelection } = useSelection(rows.map((task) => task.id));
  const [asked, setAsked] = useState<Asked>();
  const more = () => void (query.hasNextPage && !query.isFetchingNextPage && query.fetchNextPage());

  useRowKeys({
    ids: rows.map((task) => task.id),
    onSelect: select,
    onClear: () => setSelection(NOTHING),
    onNearEnd: more,
  });
  useShortcuts([
    { keys: 'f', label: 'Filter', group: 'Task list', run: () => setFiltersOpen(true) },
    { keys: '/', label: 'Search the titles', group: 'Task list', run: () => textRef.current?.focus() },
  ]);

  const selected = rows.filter((task) => selection.ids.has(task.id));
  const isFirstRun = counts?.all.count === 0 && rows.length === 0 && countFilters(search) === 0 && canWrite;
  return (
    <>
      <PageHeader
        title="Tasks"
        actions={
          <>
            {role === 'admin' && (
              <Button variant="outline" asChild>
                <Link to="/tasks" search={withScope(search, search.scope ? undefined : 'all')}>
                  {search.scope ? <User aria-hidden /> : <Users aria-hidden />}
                  {search.scope ? 'Only mine' : 'Everybody’s'}
                </Link>
              </Button>
            )}
            {canWrite && (
              <Button asChild>
                <Link to="/tasks/new">
                  <Plus aria-hidden />
                  New task
                </Link>
              </Button>
            )}
          </>
        }
      >
        <ViewTabs search={search} />
      </PageHeader>
      {isFirstRun ? (
        firstRun
      ) : (
        <>
          <div className="sticky top-0 z-10 grid gap-2.5 border-b bg-background px-4 py-3 md:px-8">
            {selected.length > 0 ? (
              <Suspense fallback={<div className="h-9" />}>
                <BulkBar
                  selected={selected}
                  mayTakeAll={query.hasNextPage && selected.length === rows.length}
                  filter={toFilter(search)}
                  canWrite={canWrite}
                  onAsk={setAsked}
                  onClear={() => setSelection(NOTHING)}
                />
              </Suspense>
            ) : (
              <FilterBar
                search={search}
                onSearch={onSearch}
                filtersOpen={filtersOpen}
                onFiltersOpen={setFiltersOpen}
                textRef={textRef}
              />
            )}
            <FilterChips search={search} onChange={(change) => onSearch(parseTaskSearch({ ...search, ...change }))} />
          </div>
          <NewPill arrived={arrived} left={left} onShow={() => void refresh()} />
          {query.isPending ? (
            <ListSkeleton />
          ) : query.isError && rows.length === 0 ? (
            <ErrorState what="The tasks" error={query.error} onRetry={() => void query.refetch()} />
          ) : rows.length === 0 ? (
            <EmptyList search={search} canWrite={canWrite} />
          ) : (
            <>
              {query.isError && (
                <p
                  role="alert"
                  className="flex items-center gap-3 border-b bg-warning/8 px-4 py-2 text-sm text-warning md:px-8"
                >
                  The list could not be read anew. What is shown may be old.
                  <Button variant="link" size="inline" className="text-sm" onClick={() => void query.refetch()}>
                    Try again
                  </Button>
                </p>
              )}
              <ul aria-label="Tasks">
                {rows.map((task) => (
                  <TaskRow key={task.id} task={task} selected={selection.ids.has(task.id)} onSelect={select} />
                ))}
              </ul>
              <ListEnd
                hasMore={query.hasNextPage}
                loading={query.isFetchingNextPage}
                onMore={more}
                onSelectAll={() => setSelection(selectAll(rows.map((task) => task.id)))}
              />
            </>
          )}
        </>
      )}
      {/* Apart from the rows and their bar: what is under way goes on, and is told, when its tasks leave the list. */}
      {asked && (
        <Suspense>
          <BulkDialog
            {...asked}
            choices={[{ label: 'The selected tasks', target: asked.target }]}
            onClose={(begun) => {
              setAsked(undefined);
              if (begun) setSelection(NOTHING);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function withScope({ scope: _, ...rest }: TaskSearch, scope: TaskSearch['scope']): TaskSearch {
  return scope ? { ...rest, scope } : rest;
}

function useSelection(ids: readonly string[]) {
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const latest = useRef(ids);
  latest.current = ids;
  // Stable, so that a row that did not change is not drawn anew.
  const select = useCallback((id: string, range: boolean) => {
    setSelection((now) => (range ? extendTo(now, id, latest.current) : toggle(now, id)));
  }, []);
  useShortcuts([
    {
      keys: 'mod+a',
      label: 'Select all that are shown',
      group: 'Task list',
      run: () => setSelection(selectAll(latest.current)),
    },
  ]);
  return { selection, select, setSelection };
}

interface ListEndProps {
  hasMore: boolean;
  loading: boolean;
  onMore: () => void;
  onSelectAll: () => void;
}

/** Reads the next page when it comes into sight; the button is for whoever cannot scroll there. */
function ListEnd({ hasMore, loading, onMore, onSelectAll }: ListEndProps) {
  const sentinel = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (!hasMore || !sentinel.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    });
    observer.observe(sentinel.current);
    return () => observer.disconnect();
  }, [hasMore]);
  return (
    <div ref={sentinel} className="flex justify-center gap-2 px-4 py-4">
      {hasMore && (
        <Button variant="outline" size="sm" busy={loading} onClick={onMore}>
          Older tasks
        </Button>
      )}
      <Button variant="ghost" size="sm" onClick={onSelectAll}>
        Select all shown
      </Button>
    </div>
  );
}

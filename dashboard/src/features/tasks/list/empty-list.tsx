import { Link } from '@tanstack/react-router';
import { CheckCheck, Coffee, ListTodo, SearchX } from 'lucide-react';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { countFilters, type TaskSearch, viewOf } from '../search';

/** Why this list is empty, and where to go from here. */
export function EmptyList({ search, canWrite }: { search: TaskSearch; canWrite: boolean }) {
  const view = viewOf(search);
  const { view: _, ...rest } = search;
  const inAll = (
    <Button asChild variant="outline">
      <Link to="/tasks" search={{ ...rest, view: 'all' }}>
        Look under “All”
      </Link>
    </Button>
  );
  const newTask = canWrite && (
    <Button asChild>
      <Link to="/tasks/new">New task</Link>
    </Button>
  );
  if (countFilters(search) > 0) {
    return (
      <EmptyState
        icon={SearchX}
        title="No task matches"
        actions={
          <>
            <Button asChild variant="outline">
              <Link
                to="/tasks"
                search={{
                  ...(search.view ? { view: search.view } : {}),
                  ...(search.scope ? { scope: search.scope } : {}),
                }}
              >
                Clear the filters
              </Link>
            </Button>
            {view !== 'all' && inAll}
          </>
        }
      >
        Nothing in this list fits all the filters at once.
      </EmptyState>
    );
  }
  switch (view) {
    case 'active':
      return (
        <EmptyState
          icon={Coffee}
          title="Nothing is running"
          actions={
            <>
              {inAll}
              {newTask}
            </>
          }
        >
          Tasks are here from the moment you hand them in until they end.
        </EmptyState>
      );
    case 'needs_review':
      return (
        <EmptyState icon={CheckCheck} title="All reviewed" actions={inAll}>
          Tasks that ended wait here until somebody has looked at them.
        </EmptyState>
      );
    case 'all':
      return <EmptyState icon={ListTodo} title="No tasks yet" actions={newTask} />;
  }
}

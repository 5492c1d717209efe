import { createFileRoute } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { countsQuery, taskListQuery, useCreateTask } from '@/features/tasks/api';
import { TaskListPage } from '@/features/tasks/list/page';
import { parseTaskSearch, toFilter } from '@/features/tasks/search';

// Most who open this page have had a task.
const FirstRun = lazy(() => import('@/features/onboarding/first-run'));

export const Route = createFileRoute('/tasks/')({
  validateSearch: parseTaskSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => {
    void queryClient.prefetchInfiniteQuery(taskListQuery(toFilter(deps)));
    void queryClient.prefetchQuery(countsQuery(deps.scope));
  },
  component: Tasks,
});

function Tasks() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const create = useCreateTask();
  return (
    <TaskListPage
      search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })}
      firstRun={
        <Suspense>
          <FirstRun busy={create.isPending} create={(task) => create.mutateAsync({ task, key: crypto.randomUUID() })} />
        </Suspense>
      }
    />
  );
}

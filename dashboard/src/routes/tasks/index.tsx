import { createFileRoute } from '@tanstack/react-router';
import { FirstRun } from '@/features/onboarding/first-run';
import { countsQuery, taskListQuery, useCreateTask } from '@/features/tasks/api';
import { TaskListPage } from '@/features/tasks/list/page';
import { parseTaskSearch, toFilter } from '@/features/tasks/search';

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
        <FirstRun busy={create.isPending} create={(task) => create.mutateAsync({ task, key: crypto.randomUUID() })} />
      }
    />
  );
}

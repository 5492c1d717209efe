import { createFileRoute } from '@tanstack/react-router';
import { taskQuery } from '@/api/tasks';
import { runQuery } from '@/features/run/api';
import { readTaskSearch, type TaskSearch } from '@/features/run/page/search';
import { TaskPage } from '@/features/run/page/task-page';

export const Route = createFileRoute('/tasks/$taskId')({
  validateSearch: readTaskSearch,
  loader: ({ context, params }) => {
    // Both are asked for at once; neither is waited for.
    void context.queryClient.prefetchQuery(taskQuery(params.taskId));
    void context.queryClient.prefetchQuery(runQuery(params.taskId));
  },
  component: Page,
});

function Page() {
  const { taskId } = Route.useParams();
  const { tab = 'activity', e } = Route.useSearch();
  const navigate = Route.useNavigate();
  const go = (search: TaskSearch) => void navigate({ search, replace: true });
  return (
    <TaskPage
      key={taskId}
      taskId={taskId}
      tab={tab}
      event={e}
      onTab={(next) => go(next === 'activity' ? {} : { tab: next })}
      onEvent={(seq) => go({ e: seq })}
    />
  );
}

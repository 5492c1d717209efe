import { createFileRoute } from '@tanstack/react-router';
import { NewTaskPage } from '@/features/tasks/new/page';

export const Route = createFileRoute('/tasks/new')({
  validateSearch: (search: Record<string, unknown>): { from?: string } =>
    typeof search.from === 'string' ? { from: search.from } : {},
  component: NewTask,
});

function NewTask() {
  const { from } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <NewTaskPage
      key={from}
      from={from}
      onCreated={(task) => void navigate({ to: '/tasks/$taskId', params: { taskId: task.id } })}
    />
  );
}

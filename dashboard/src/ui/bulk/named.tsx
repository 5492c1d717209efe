import { useQuery } from '@tanstack/react-query';
import { taskQuery } from '@/api/tasks';
import { number } from '@/lib/format';

/** Names say more than a number; where they do not come, the number is enough. */
export function Named({ ids, of }: { ids: readonly string[]; of: number }) {
  const { data: tasks = [] } = useQuery({
    queryKey: ['bulk', 'named', ids],
    queryFn: ({ client }) => Promise.all(ids.map((id) => client.ensureQueryData(taskQuery(id)))),
    enabled: ids.length > 0,
  });
  if (tasks.length === 0) return null;
  const more = of - tasks.length;
  return (
    <ul className="mt-2 space-y-0.5 text-muted-foreground">
      {tasks.map((task) => (
        <li key={task.id} className="truncate">
          {task.title}
        </li>
      ))}
      {more > 0 && <li>and {number(more)} more</li>}
    </ul>
  );
}

import { useQuery } from '@tanstack/react-query';
import type { BulkTarget } from '@/api/bulk';
import { api, body } from '@/api/client';
import { number } from '@/lib/format';

const NAMED = 3;

interface NewestProps {
  target: Extract<BulkTarget, { filter: unknown }>;
  of: number;
}

/** Names say more than a number; where they do not come, the number is enough. */
export function Newest({ target, of }: NewestProps) {
  const { reason, ...filter } = target.filter;
  const named = useQuery({
    queryKey: ['bulk', 'named', target],
    queryFn: ({ signal }) =>
      body(
        api.GET('/v1/tasks', {
          params: { query: { ...filter, ...(target.scope ? { scope: target.scope } : {}), limit: NAMED } },
          signal,
        }),
      ),
    // A reason is no filter of the list: its newest would be others.
    enabled: reason === undefined,
  });
  if (!named.data || named.data.items.length === 0) return null;
  const more = of - named.data.items.length;
  return (
    <ul className="mt-2 space-y-0.5 text-muted-foreground">
      {named.data.items.map((task) => (
        <li key={task.id} className="truncate">
          {task.title}
        </li>
      ))}
      {more > 0 && <li>and {number(more)} more</li>}
    </ul>
  );
}

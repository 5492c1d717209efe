import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { BulkPreview as Preview } from '@/api/bulk';
import { api, body } from '@/api/client';
import { toProblem } from '@/api/problem';
import { Button } from '@/ui/button';
import { Skeleton } from '@/ui/skeleton';
import type { SWEEPS, Target } from './sweep';
import { tasks } from './words';

interface BulkPreviewProps {
  look: UseQueryResult<Preview>;
  words: (typeof SWEEPS)[keyof typeof SWEEPS];
  target: Target;
}

/** What would happen, before it does: how many, and the newest of them by name. */
export function BulkPreview({ look, words, target }: BulkPreviewProps) {
  return (
    <div className="mt-4 rounded-lg bg-muted px-4 py-3 text-sm" aria-live="polite" aria-busy={look.isFetching}>
      {look.isPending ? (
        <div className="space-y-2">
          <span className="sr-only">Counting</span>
          <Skeleton className="h-4 w-44 bg-border" />
          <Skeleton className="h-3 w-64 max-w-full bg-border" />
        </div>
      ) : look.isError ? (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>{toProblem(look.error).message}</span>
          <Button variant="link" size="inline" className="min-h-6" onClick={() => void look.refetch()}>
            Look again
          </Button>
        </div>
      ) : look.data.matched === 0 ? (
        <p>No such task now: there is nothing to do.</p>
      ) : (
        <>
          <p>
            {look.data.more && 'At least '}
            <strong className="font-semibold">{tasks(look.data.matched)}</strong> would be {words.done}. Nothing has
            happened yet.
          </p>
          <Newest target={target} of={look.data.matched} />
        </>
      )}
    </div>
  );
}

const NAMED = 3;

/** Names say more than a number; where they do not come, the number is enough. */
function Newest({ target, of }: { target: Target; of: number }) {
  const { reason: _, ...filter } = target.filter;
  const named = useQuery({
    queryKey: ['queue', 'bulk', 'named', target.key],
    queryFn: ({ signal }) =>
      body(api.GET('/v1/tasks', { params: { query: { ...filter, scope: 'all', limit: NAMED } }, signal })),
    // A reason is no filter of the list: its newest would be others.
    enabled: target.filter.reason === undefined,
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
      {more > 0 && <li>and {more.toLocaleString('en')} more</li>}
    </ul>
  );
}

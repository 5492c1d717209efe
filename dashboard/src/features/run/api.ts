import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, body, signedFetch } from '@/api/client';
import { problemOf } from '@/api/problem';
import { taskKeys } from '@/api/tasks';
import type { EventsPage, Task } from '@/api/types';
import type { RunState } from './model/fold';
import type { RunEvent } from './model/types';

const runKeys = {
  log: (id: string) => [...taskKeys.all, 'run', id] as const,
  events: (id: string, seqs: readonly number[]) => [...taskKeys.all, 'events', id, seqs] as const,
  runs: (id: string) => [...taskKeys.all, 'runs', id] as const,
  artifacts: (id: string) => [...taskKeys.all, 'artifacts', id] as const,
  patch: (id: string, head: number) => [...taskKeys.all, 'patch', id, head] as const,
};

/** The end of the log is painted first, what came before follows. */
const TAIL = 400;
/** The most that the API gives at once. */
export const PAGE = 500;

type Question = { after?: number; before?: number; tail?: number; limit?: number };

export const readEvents = (id: string, query: Question, signal?: AbortSignal): Promise<EventsPage> =>
  body(api.GET('/v1/tasks/{id}/events', { params: { path: { id }, query }, ...(signal ? { signal } : {}) }));

async function loadTail(queryClient: QueryClient, id: string, signal: AbortSignal): Promise<RunState> {
  const known = queryClient.getQueryData<RunState>(runKeys.log(id));
  if (known !== undefined) return known;
  // What folds them is of the task page alone. It is on its way already, or comes beside them.
  const [{ events }, { applyEvents, emptyRun }] = await Promise.all([
    readEvents(id, { tail: TAIL }, signal),
    import('./model/fold'),
  ]);
  return applyEvents(emptyRun((events[0]?.seq ?? 1) - 1), events);
}

/** The log as far as it is loaded. Read once; from then on it is written by `RunSync` alone. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: runKeys.log(id),
    queryFn: ({ client, signal }) => loadTail(client, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
    // To compare ten thousand events with themselves takes longer than to fold them.
    structuralSharing: false,
  });

/** A few events, whole. */
export const eventsQuery = (id: string, seqs: readonly number[]) =>
  queryOptions({
    queryKey: runKeys.events(id, seqs),
    queryFn: ({ signal }): Promise<RunEvent[]> =>
      Promise.all(
        seqs.map((seq) => body(api.GET('/v1/tasks/{id}/events/{seq}', { params: { path: { id, seq } }, signal }))),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });

export const runsQuery = (id: string) =>
  queryOptions({
    queryKey: runKeys.runs(id),
    queryFn: ({ signal }) => body(api.GET('/v1/tasks/{id}/runs', { params: { path: { id } }, signal })),
  });

export const artifactsQuery = (id: string) =>
  queryOptions({
    queryKey: runKeys.artifacts(id),
    queryFn: ({ signal }) => body(api.GET('/v1/tasks/{id}/artifacts', { params: { path: { id } }, signal })),
    // The links in it work for five minutes.
    staleTime: 4 * 60_000,
  });

/** The patch of the last run that left one, as text; `null` where no run did. */
export const patchQuery = (id: string, head: number) =>
  queryOptions({
    queryKey: runKeys.patch(id, head),
    queryFn: async ({ signal }) => {
      const address = new URL(`/v1/tasks/${encodeURIComponent(id)}/patch`, window.location.origin);
      const response = await signedFetch(new Request(address, { signal }));
      if (response.ok) return response.text();
      const problem = await problemOf(response);
      if (problem.status === 404) return null;
      throw problem;
    },
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });

const path = (id: string) => ({ params: { path: { id } } });

/** What can be done to a task. Each answers with the task as it is then. */
export const commands = {
  cancel: (id: string): Promise<Task> => body(api.POST('/v1/tasks/{id}/cancel', path(id))),
  retry: (id: string): Promise<Task> => body(api.POST('/v1/tasks/{id}/retry', path(id))),
  review: (id: string): Promise<Task> => body(api.POST('/v1/tasks/{id}/review', path(id))),
  remove: async (id: string): Promise<void> => {
    await api.DELETE('/v1/tasks/{id}', path(id));
  },
};

import { type InfiniteData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Page, Task, TaskFilter } from './types';

/**
 * What the cache knows of tasks. The list, the task page and the push from the server share it, so it stands here and
 * not in one of the features.
 */
export const taskKeys = {
  all: ['tasks'] as const,
  lists: ['tasks', 'list'] as const,
  list: (filter: TaskFilter) => ['tasks', 'list', filter] as const,
  /** Which of the lists was looked at last. */
  shown: ['tasks', 'shown'] as const,
  counts: ['tasks', 'counts'] as const,
  detail: (id: string) => ['tasks', 'detail', id] as const,
};

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: taskKeys.detail(id),
    queryFn: ({ signal }) => body(api.GET('/v1/tasks/{id}', { params: { path: { id } }, signal })) as Promise<Task>,
  });

type TaskPages = InfiniteData<Page<Task>, string | undefined>;

/** The task before (-1) or after (1) another one in the list that was looked at last, as far as that was read. */
export function neighbour(queryClient: QueryClient, id: string, by: 1 | -1): string | undefined {
  const filter = queryClient.getQueryData<TaskFilter>(taskKeys.shown);
  const list = filter && queryClient.getQueryData<TaskPages>(taskKeys.list(filter));
  const ids = [...new Set(list?.pages.flatMap((page) => page.items.map((task) => task.id)))];
  const at = ids.indexOf(id);
  return at === -1 ? undefined : ids[at + by];
}

/**
 * Of two versions of a task the newer. What it does not say is not so any more, but for what is only said to who reads a
 * task by itself: its request, its result, and, while it stays where it is, why it waits.
 */
function newer(known: Task, told: Task): Task {
  if (told.version <= known.version) return known;
  const { spec, result, wait } = known;
  return {
    ...(spec && { spec }),
    ...(result && { result }),
    ...(wait && told.state === known.state && { wait }),
    ...told,
  };
}

/** Writes a task that was told by a push or an answer wherever it is shown. Answers whether a list has it. */
export function patchTask(queryClient: QueryClient, task: Task): boolean {
  queryClient.setQueryData<Task>(taskKeys.detail(task.id), (known) => known && newer(known, task));
  let listed = false;
  queryClient.setQueriesData<TaskPages>({ queryKey: taskKeys.lists }, (data) => {
    if (!data?.pages.some((page) => page.items.some((item) => item.id === task.id))) return data;
    listed = true;
    const items = (page: Page<Task>) => page.items.map((item) => (item.id === task.id ? newer(item, task) : item));
    return { ...data, pages: data.pages.map((page) => ({ ...page, items: items(page) })) };
  });
  return listed;
}

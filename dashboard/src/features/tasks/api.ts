import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { patchTask, taskKeys } from '@/api/tasks';
import type { NewTask, Page, Task, TaskFilter, WholeNewTask } from '@/api/types';

const PAGE_SIZE = 50;

export const taskListQuery = (filter: TaskFilter) =>
  infiniteQueryOptions({
    queryKey: taskKeys.list(filter),
    queryFn: ({ pageParam, signal }) => readTasks({ ...filter, limit: PAGE_SIZE }, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export async function readTasks(
  filter: TaskFilter & { limit?: number },
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<Task>> {
  const query = cursor === undefined ? filter : { ...filter, cursor };
  return await body(api.GET('/v1/tasks', { params: { query }, ...(signal ? { signal } : {}) }));
}

export const countsQuery = (scope: TaskFilter['scope']) =>
  queryOptions({
    queryKey: [...taskKeys.counts, scope ?? 'mine'],
    queryFn: ({ signal }) => body(api.GET('/v1/tasks/counts', { params: { query: scope ? { scope } : {} }, signal })),
  });

/** Hands a task in. The key is the form's, so that a second press of the button is the same task. */
export function useCreateTask() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ task, key }: { task: NewTask; key: string }) =>
      body(
        api.POST('/v1/tasks', { params: { header: { 'Idempotency-Key': key } }, body: task as WholeNewTask }),
      ) as Promise<Task>,
    onSuccess: (task) => {
      patchTask(queryClient, task);
      void queryClient.invalidateQueries({ queryKey: taskKeys.lists });
      void queryClient.invalidateQueries({ queryKey: taskKeys.counts });
    },
  });
}

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useMe } from '@/api/me';
import { taskKeys } from '@/api/tasks';
import type { Task } from '@/api/types';
import { taskListQuery } from '../api';
import { matchesSearch, matchesView, type TaskSearch, toFilter, viewOf } from '../search';
import { clearArrivals, useArrivals } from '../use-task-feed';

/** The rows of a list, what came meanwhile, and how to see it. */
export function useTaskList(search: TaskSearch) {
  const queryClient = useQueryClient();
  const me = useMe();
  const query = useInfiniteQuery(taskListQuery(toFilter(search)));
  useEffect(() => {
    queryClient.setQueryData(taskKeys.shown, toFilter(search));
  }, [queryClient, search]);
  const rows = useMemo(() => unique(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data]);
  const told = useArrivals((arrivals) => arrivals.tasks);
  const shown = new Set(rows.map((task) => task.id));
  const arrived = [...told.values()].filter(
    (task) => !shown.has(task.id) && matchesSearch(task, search, me?.id),
  ).length;
  const left = viewOf(search) === 'active' ? rows.filter((task) => !matchesView(task, 'active')).length : 0;
  const refresh = async () => {
    clearArrivals();
    await queryClient.resetQueries({ queryKey: taskKeys.list(toFilter(search)) });
  };
  return { query, rows, arrived, left, refresh };
}

/** A row that a new one has pushed onto the next page comes twice. */
function unique(tasks: Task[]): Task[] {
  return [...new Map(tasks.map((task) => [task.id, task])).values()];
}

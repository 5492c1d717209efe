import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { create } from 'zustand';
import { patchTask, taskKeys } from '@/api/tasks';
import type { Task } from '@/api/types';
import { useTopic } from '@/live/use-topic';

/** Tasks that came while a list was open and are not in it: behind the "3 new" pill, never under the pointer. */
export const useArrivals = create<{ tasks: ReadonlyMap<string, Task> }>()(() => ({ tasks: new Map() }));
export const clearArrivals = () => useArrivals.setState({ tasks: new Map() });

/** At most so often do pushes make the counts be read anew. */
const COUNTS_EVERY_MS = 2000;

/** Follows all tasks that I may see, on whatever page, and writes what comes into the cache. */
export function useTaskFeed(): void {
  const queryClient = useQueryClient();
  const counting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const recount = () => {
    counting.current ??= setTimeout(() => {
      counting.current = undefined;
      void queryClient.invalidateQueries({ queryKey: taskKeys.counts });
    }, COUNTS_EVERY_MS);
  };
  const readAnew = () => {
    // What is being read already goes on: polls that begin it anew would never let a slow answer arrive.
    void queryClient.invalidateQueries({ queryKey: taskKeys.lists }, { cancelRefetch: false });
    void queryClient.invalidateQueries({ queryKey: taskKeys.counts }, { cancelRefetch: false });
  };
  useTopic('tasks', {
    // Whatever was pushed while nobody listened is gone.
    opened: readAnew,
    poll: readAnew,
    task(task) {
      recount();
      if (!patchTask(queryClient, task) && isNew(task)) {
        useArrivals.setState(({ tasks }) => ({ tasks: new Map(tasks).set(task.id, task) }));
      }
    },
  });
}

/** An old task that lies on a later page of the list is no arrival. */
const isNew = (task: Task) => Date.now() - Date.parse(task.created_at) < 60_000;

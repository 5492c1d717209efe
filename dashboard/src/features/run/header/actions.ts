import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { patchTask, taskKeys } from '@/api/tasks';
import type { Task } from '@/api/types';
import { toast } from '@/ui/toast';
import { commands } from '../api';

/** What can be done to a task. A command is REST and is never sent again by itself. */
export function useTaskActions(task: Task) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const key = taskKeys.detail(task.id);
  const settle = (told: Task) => {
    patchTask(queryClient, told);
    void queryClient.invalidateQueries({ queryKey: key });
    void queryClient.invalidateQueries({ queryKey: taskKeys.counts });
  };

  const cancel = useMutation({
    mutationFn: () => commands.cancel(task.id),
    onMutate: async () => {
      await queryClient.cancelQueries({ queryKey: key });
      const before = queryClient.getQueryData<Task>(key);
      queryClient.setQueryData<Task>(key, (known) => known && { ...known, cancel_requested: true });
      return { before };
    },
    onSuccess: settle,
    onError: (error, _, context) => {
      queryClient.setQueryData<Task>(key, (now) => (now?.version === context?.before?.version ? context?.before : now));
      toast.error('The task was not canceled', error);
    },
  });
  const retry = useMutation({
    mutationFn: () => commands.retry(task.id),
    onSuccess: settle,
    onError: (error) => toast.error('The task was not started again', error),
  });
  const review = useMutation({
    mutationFn: () => commands.review(task.id),
    onSuccess: settle,
    onError: (error) => toast.error('Not marked as reviewed', error),
  });
  const remove = useMutation({
    mutationFn: () => commands.remove(task.id),
    onSuccess: async () => {
      await navigate({ to: '/tasks' });
      queryClient.removeQueries({ queryKey: key });
      void queryClient.invalidateQueries({ queryKey: taskKeys.all });
      toast.success('The task was deleted');
    },
    onError: (error) => toast.error('The task was not deleted', error),
  });
  return { cancel, retry, review, remove };
}

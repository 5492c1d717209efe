import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { neighbour } from '@/api/tasks';
import { useShortcuts } from '@/lib/shortcuts';

/** From task to task in the order of the list. The way back stays the one to the list. */
export function useNeighbourKeys(taskId: string) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const go = (by: 1 | -1) => () => {
    const next = neighbour(queryClient, taskId, by);
    if (next !== undefined) void navigate({ to: '/tasks/$taskId', params: { taskId: next }, replace: true });
  };
  useShortcuts([
    { keys: '[', label: 'Previous task of the list', group: 'Task', run: go(-1) },
    { keys: ']', label: 'Next task of the list', group: 'Task', run: go(1) },
  ]);
}

import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { QueueView } from '@/api/types';
import { toast } from '@/ui/toast';

/** An operator watches: a look every few seconds, while the page is in sight. */
const EVERY_MS = 5_000;

/** The description does not have the queue yet; until it has, its shape is told here. */
const view = async (call: Parameters<typeof body>[0]) => (await body(call)) as QueueView;

export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: ({ signal }) => view(api.GET('/v1/queue', { signal })),
  staleTime: EVERY_MS,
  refetchInterval: EVERY_MS,
});

/** Puts the view that an answer brings where the page reads it. */
function useView() {
  const client = useQueryClient();
  return (view: QueueView) => client.setQueryData(queueQuery.queryKey, view);
}

export function usePause() {
  const show = useView();
  return useMutation({
    mutationFn: (note: string) => view(api.POST('/v1/queue/pause', { body: note ? { note } : {} })),
    onSuccess: (view) => {
      show(view);
      toast.success('The queue is paused', { description: 'What runs goes on; nothing new starts.' });
    },
    onError: (error) => toast.error('The queue was not paused', error),
  });
}

export function useResume() {
  const show = useView();
  return useMutation({
    mutationFn: () => view(api.POST('/v1/queue/resume')),
    onSuccess: (view) => {
      show(view);
      toast.success('The queue is open again');
    },
    onError: (error) => toast.error('The queue was not resumed', error),
  });
}

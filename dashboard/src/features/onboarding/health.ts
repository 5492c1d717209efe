import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** Whether a real model answers. Open to all, so it says no more than that. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => body(api.GET('/health', { signal })),
  staleTime: 5 * 60_000,
});

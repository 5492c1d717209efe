import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, body } from './client';
import type { Role } from './types';

/** Who is signed in, for the shell and for what only some may see. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => body(api.GET('/v1/me', { signal })),
  staleTime: 5 * 60_000,
});

export function useMe() {
  const { data } = useQuery(meQuery);
  return data;
}

/** Undefined until it is known. What it hides, the API refuses too. */
export const useRole = () => useMe()?.role as Role | undefined;

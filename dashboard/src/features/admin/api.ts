import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Limits, Role } from '@/api/types';
import { toast } from '@/ui/toast';

export const usersQuery = infiniteQueryOptions({
  queryKey: ['admin', 'users'],
  queryFn: ({ pageParam, signal }) =>
    body(api.GET('/v1/users', { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } }, signal })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ['admin', 'audit'],
  queryFn: ({ pageParam, signal }) =>
    body(api.GET('/v1/audit', { params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } }, signal })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
});

export const limitsQuery = queryOptions({
  queryKey: ['admin', 'limits'],
  queryFn: ({ signal }) => body(api.GET('/v1/limits', { signal })),
});

export const healthQuery = queryOptions({
  queryKey: ['admin', 'health'],
  queryFn: ({ signal }) => body(api.GET('/v1/health', { signal })),
  refetchInterval: 15_000,
  staleTime: 5_000,
});

export function useInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invited: { email: string; role: Role }) => body(api.POST('/v1/users', { body: invited })),
    onSuccess: () => client.invalidateQueries(usersQuery),
  });
}

export function useChangeUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string; role?: Role; disabled?: boolean }) =>
      body(api.PATCH('/v1/users/{id}', { params: { path: { id } }, body: change })),
    onSuccess: (user, { role }) =>
      toast.success(
        role ? `${user.email} is a ${user.role} now` : `${user.email} is ${user.disabled ? 'disabled' : 'enabled'} now`,
      ),
    onError: (error) => toast.error('The account is as it was', error),
    onSettled: () => client.invalidateQueries(usersQuery),
  });
}

export function useResetLink() {
  return useMutation({
    mutationFn: (id: string) => body(api.POST('/v1/users/{id}/link', { params: { path: { id } } })),
    onError: (error) => toast.error('No link was made', error),
  });
}

export function useSetLimits() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (limits: Limits) => body(api.PUT('/v1/limits', { body: limits })),
    onSuccess: (limits) => {
      client.setQueryData(limitsQuery.queryKey, limits);
      toast.success('The limits are changed', { description: 'They hold from the next start on.' });
    },
  });
}

import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { toast } from '@/ui/toast';

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => body(api.GET('/v1/sessions', { params: { query: { limit: 100 } }, signal })),
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => body(api.GET('/v1/keys', { signal })),
});

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/sessions/{id}', { params: { path: { id } } }),
    onSuccess: () => toast.success('That sign-in is over'),
    onError: (error) => toast.error('The sign-in was not ended', error),
    onSettled: () => client.invalidateQueries(sessionsQuery),
  });
}

/** Ends every sign-in, this one too. What leaving means is the business of whoever signs in and out. */
export function useSignOutEverywhere(everywhere: () => Promise<void>) {
  return useMutation({
    mutationFn: everywhere,
    onError: (error) => toast.error('You are still signed in', error),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { current: string; new: string }) => api.POST('/v1/me/password', { body: change }),
    onSuccess: async () => {
      toast.success('Your password is changed', { description: 'Every other sign-in of yours has ended.' });
      await client.invalidateQueries(sessionsQuery);
    },
  });
}

interface KeyWish {
  name: string;
  scope: 'read' | 'write';
  expires_at: string | null;
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ expires_at, ...wish }: KeyWish) =>
      body(api.POST('/v1/keys', { body: { ...wish, ...(expires_at ? { expires_at } : {}) } })),
    onSuccess: () => client.invalidateQueries(keysQuery),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/keys/{id}', { params: { path: { id } } }),
    onSuccess: () => toast.success('The key is revoked', { description: 'Whoever uses it is refused from now on.' }),
    onError: (error) => toast.error('The key was not revoked', error),
    onSettled: () => client.invalidateQueries(keysQuery),
  });
}

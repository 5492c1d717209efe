import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { api, body } from '@/api/client';
import { session } from '@/api/session';
import { live } from '@/live/live';

/** The refresh token goes into a cookie that no script reads, so the answer holds only the short token. */
export async function signIn(email: string, password: string): Promise<void> {
  session.keep(await body(api.POST('/v1/auth/login', { body: { email, password, cookie: true } })));
}

export async function signInByLink(token: string, password?: string): Promise<void> {
  const request = password === undefined ? { token, cookie: true } : { token, password, cookie: true };
  session.keep(await body(api.POST('/v1/auth/link', { body: request })));
}

/** Leaves nothing of the one who was here behind, then goes to the sign-in page. */
export function useSignOut() {
  const queryClient = useQueryClient();
  const router = useRouter();
  const leave = async () => {
    session.end();
    // The socket is that of whoever opened it.
    live.close();
    await router.navigate({ to: '/login', search: {} });
    queryClient.clear();
  };
  return {
    async here() {
      // Signed out here in any case: a server that is away must not keep somebody at a shared screen.
      await api.POST('/v1/auth/logout').catch(() => undefined);
      await leave();
    },
    async everywhere() {
      await api.DELETE('/v1/sessions');
      await leave();
    },
  };
}

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, redirect } from '@tanstack/react-router';
import { session } from '@/api/session';
import { Root } from '@/app/root';

interface RouterContext {
  queryClient: QueryClient;
}

/** Every page but the sign-in asks who is there; who is not goes there and comes back. */
export const Route = createRootRouteWithContext<RouterContext>()({
  beforeLoad: async ({ location }) => {
    if (location.pathname === '/login' || session.isSignedIn()) return;
    if (await session.renew()) return;
    throw redirect({ to: '/login', search: { next: location.href }, replace: true });
  },
  component: Root,
});

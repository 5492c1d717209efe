import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { session } from '@/api/session';
import { makeQueryClient } from '@/app/query-client';
import { makeRouter } from '@/app/router';
import { handleKey } from '@/lib/shortcuts';
import { live } from '@/live/live';

/** The whole program at an address, as a browser would open it. */
export function renderApp(path: string) {
  session.end();
  live.close();
  const queryClient = makeQueryClient();
  queryClient.setDefaultOptions({ queries: { retry: false, staleTime: 30_000 } });
  const router = makeRouter(queryClient);
  router.update({ history: createMemoryHistory({ initialEntries: [path] }), context: { queryClient } });
  removeEventListener('keydown', handleKey);
  addEventListener('keydown', handleKey);
  const view = render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { ...view, router, queryClient, user: userEvent.setup(), search: () => router.state.location.search };
}

import './styles.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takeLinkFromAddress } from '@/features/auth/link';
import { followSystemTheme } from '@/lib/appearance';
import { handleKey } from '@/lib/shortcuts';
import { makeQueryClient } from './query-client';
import { makeRouter } from './router';
import { reloadOnceWhenStale } from './stale-build';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

takeLinkFromAddress();
reloadOnceWhenStale();
followSystemTheme();
addEventListener('keydown', handleKey);

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);

// The page's own files are fetched while it is asked who is there, not after.
const [routes] = router.getMatchedRoutes(router.latestLocation.pathname);
for (const route of routes) {
  router.loadRouteChunk(route)?.catch(() => undefined);
}

// Until it is known who is there, and the first page has come, there stays what index.html has painted.
void router.load().finally(() =>
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  ),
);

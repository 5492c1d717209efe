import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useMatches, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { session } from '@/api/session';
import { closeOverlay, openOverlay, useOverlay } from '@/features/palette/overlays';
import { useTaskFeed } from '@/features/tasks/use-task-feed';
import { useShortcuts } from '@/lib/shortcuts';
import { live } from '@/live/live';
import { Shell } from './shell/shell';
import { ToastHost } from './toast-host';

const Palette = lazy(() => import('@/features/palette/palette'));
const ShortcutSheet = lazy(() => import('@/features/palette/shortcut-sheet'));

export function Root() {
  // What is matched, not what the address says: that one is a step ahead while the next page loads.
  const bare = useMatches({ select: (matches) => matches.some((match) => match.routeId === '/login') });
  return (
    <>
      {bare ? <Outlet /> : <SignedIn />}
      <ToastHost />
    </>
  );
}

function SignedIn() {
  const navigate = useNavigate();
  useSignInPageWhenEnded();
  useTaskFeed();
  useShortcuts([
    {
      keys: 'mod+k',
      label: 'Search and commands',
      group: 'Everywhere',
      whileTyping: true,
      run: () => openOverlay('palette'),
    },
    { keys: '?', label: 'Keyboard shortcuts', group: 'Everywhere', run: () => openOverlay('shortcuts') },
    { keys: 'c', label: 'New task', group: 'Everywhere', run: () => void navigate({ to: '/tasks/new' }) },
  ]);
  return (
    <>
      <Shell>
        <Outlet />
      </Shell>
      <Overlays />
    </>
  );
}

function Overlays() {
  const open = useOverlay((state) => state.open);
  return (
    <Suspense>
      {open === 'palette' && <Palette onClose={closeOverlay} />}
      {open === 'shortcuts' && <ShortcutSheet onClose={closeOverlay} />}
    </Suspense>
  );
}

/** A sign-in that ended by itself, here or in another tab, asks anew and comes back to this page. */
function useSignInPageWhenEnded() {
  const router = useRouter();
  const queryClient = useQueryClient();
  useEffect(
    () =>
      session.onEnded(() => {
        live.close();
        const next = router.state.location.href;
        void router.navigate({ to: '/login', search: { next }, replace: true }).then(() => queryClient.clear());
      }),
    [router, queryClient],
  );
}

import { Outlet, useRouterState } from '@tanstack/react-router';
import { TooltipProvider } from '@/ui/tooltip';
import { Shell } from './shell';

export function Root() {
  const bare = useRouterState({ select: (state) => state.location.pathname === '/login' });
  return (
    <TooltipProvider delayDuration={300}>
      {bare ? (
        <Outlet />
      ) : (
        <Shell>
          <Outlet />
        </Shell>
      )}
    </TooltipProvider>
  );
}

import { Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type ReactNode, Suspense } from 'react';
import { useRole } from '@/api/me';
import { openOverlay } from '@/features/palette/overlays';
import { navFor } from '@/lib/nav';
import { isMac } from '@/lib/shortcuts';
import { Button } from '@/ui/button';
import { Kbd } from '@/ui/kbd';
import { Logo } from '@/ui/logo';
import { AccountButton } from './account-button';
import { ConnectionDot } from './connection-dot';

/** Navigation at the side of a wide window and at the foot of a phone; the page scrolls between. */
export function Shell({ children }: { children: ReactNode }) {
  const nav = navFor(useRole());
  return (
    <div className="grid h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto] md:grid-cols-[13.5rem_minmax(0,1fr)] md:grid-rows-1">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-card focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <TopBar />
      <aside className="hidden min-h-0 flex-col border-r px-3 py-4 md:flex">
        <Link
          to="/tasks"
          className="mb-5 flex items-center gap-2.5 rounded-md px-2 font-semibold text-lg tracking-tight"
        >
          <Logo />
          Errand
        </Link>
        <button
          type="button"
          onClick={() => openOverlay('palette')}
          className="mb-4 flex h-8 items-center gap-2 rounded-md border bg-card px-2.5 text-muted-foreground text-sm hover:text-foreground"
        >
          <Search aria-hidden className="size-4" />
          Search
          <Kbd className="ml-auto">{isMac() ? '⌘K' : 'Ctrl K'}</Kbd>
        </button>
        <nav aria-label="Main" className="grid gap-0.5">
          {nav.map(({ to, label, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-muted-foreground hover:bg-muted hover:text-foreground data-[status=active]:bg-muted data-[status=active]:font-medium data-[status=active]:text-foreground [&[data-status=active]_svg]:text-primary"
            >
              <Icon aria-hidden className="size-4" />
              {label}
            </Link>
          ))}
        </nav>
        <div className="mt-auto grid gap-1">
          <ConnectionDot />
          <AccountButton />
        </div>
      </aside>
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 overflow-y-auto outline-none">
        <Suspense>{children}</Suspense>
      </main>
      <nav
        aria-label="Main"
        className="flex justify-around border-t bg-card px-1 pt-1 pb-[max(0.25rem,env(safe-area-inset-bottom))] md:hidden"
      >
        {nav.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            className="flex min-w-14 flex-col items-center gap-0.5 rounded-md px-2 py-1 text-muted-foreground text-xs data-[status=active]:font-medium data-[status=active]:text-primary"
          >
            <Icon aria-hidden className="size-5" />
            {label}
          </Link>
        ))}
      </nav>
    </div>
  );
}

function TopBar() {
  return (
    <header className="flex h-12 items-center gap-2 border-b px-3 md:hidden">
      <Link to="/tasks" aria-label="Errand" className="flex items-center gap-2 font-semibold tracking-tight">
        <Logo className="size-6" />
        Errand
      </Link>
      <div className="ml-auto flex items-center gap-1">
        <ConnectionDot compact />
        <Button variant="ghost" size="icon" aria-label="Search" onClick={() => openOverlay('palette')}>
          <Search aria-hidden />
        </Button>
        <AccountButton compact />
      </div>
    </header>
  );
}

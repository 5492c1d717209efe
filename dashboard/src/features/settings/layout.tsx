import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PageBody, PageHeader } from '@/ui/page-header';
import { navTabClasses, tabListClasses } from '@/ui/tabs';

const PAGES = [
  { to: '/settings', label: 'Profile' },
  { to: '/settings/security', label: 'Password and sign-ins' },
  { to: '/settings/keys', label: 'API keys' },
  { to: '/settings/appearance', label: 'Appearance' },
  { to: '/settings/notifications', label: 'Notifications' },
] as const;

export function SettingsLayout() {
  const nav = useRef<HTMLElement>(null);
  const path = useLocation({ select: (location) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone the tabs scroll, and each new page brings its own into sight
  useEffect(() => {
    nav.current?.querySelector('[aria-current=page]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [path]);
  return (
    <>
      <PageHeader title="Settings">
        <nav ref={nav} aria-label="Settings" className={tabListClasses}>
          {PAGES.map((page) => (
            <Link key={page.to} to={page.to} activeOptions={{ exact: true }} className={`${navTabClasses} shrink-0`}>
              {page.label}
            </Link>
          ))}
        </nav>
      </PageHeader>
      <PageBody>
        <div className="max-w-3xl space-y-5">
          <Outlet />
        </div>
      </PageBody>
    </>
  );
}

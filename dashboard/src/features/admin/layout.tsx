import { Link, Outlet } from '@tanstack/react-router';
import { PageBody, PageHeader } from '@/ui/page-header';
import { navTabClasses, tabListClasses } from '@/ui/tabs';
import { AdminOnly } from './admin-only';

const PAGES = [
  { to: '/admin', label: 'Users' },
  { to: '/admin/limits', label: 'Limits' },
  { to: '/admin/health', label: 'Health' },
  { to: '/admin/audit', label: 'Audit' },
] as const;

export function AdminLayout() {
  return (
    <AdminOnly title="Admin" what="see users, limits, health and the audit list">
      <PageHeader title="Admin">
        <nav aria-label="Admin" className={tabListClasses}>
          {PAGES.map((page) => (
            <Link
              key={page.to}
              to={page.to}
              // The filters of a page are in the address as well.
              activeOptions={{ exact: true, includeSearch: false }}
              className={`${navTabClasses} shrink-0`}
            >
              {page.label}
            </Link>
          ))}
        </nav>
      </PageHeader>
      <PageBody>
        <Outlet />
      </PageBody>
    </AdminOnly>
  );
}

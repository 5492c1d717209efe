import { createFileRoute } from '@tanstack/react-router';
import { useRole } from '@/api/me';
import { UsagePage } from '@/features/usage/page';
import { patched, usageSearch } from '@/features/usage/search';
import { useNow } from '@/lib/use-now';
import { useTimeZone } from '@/lib/zone';

export const Route = createFileRoute('/usage')({ validateSearch: usageSearch, component: UsageRoute });

function UsageRoute() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <UsagePage
      search={search}
      onSearch={(patch) => void navigate({ search: (now) => patched(now, patch), replace: true, resetScroll: false })}
      zone={useTimeZone()}
      isAdmin={useRole() === 'admin'}
      now={new Date(useNow())}
    />
  );
}

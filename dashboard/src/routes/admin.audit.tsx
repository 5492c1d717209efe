import { createFileRoute } from '@tanstack/react-router';
import { Audit } from '@/features/admin/audit';
import { auditSearch } from '@/features/admin/audit-search';

export const Route = createFileRoute('/admin/audit')({ validateSearch: auditSearch, component: AuditRoute });

function AuditRoute() {
  const navigate = Route.useNavigate();
  return (
    <Audit
      search={Route.useSearch()}
      onSearch={(search) => void navigate({ search, replace: true, resetScroll: false })}
    />
  );
}

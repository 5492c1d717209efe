import { createFileRoute } from '@tanstack/react-router';
import { useSignOut } from '@/features/auth/actions';
import { Security } from '@/features/settings/security';

export const Route = createFileRoute('/settings/security')({ component: SecurityRoute });

function SecurityRoute() {
  const { everywhere } = useSignOut();
  return <Security signOutEverywhere={everywhere} />;
}

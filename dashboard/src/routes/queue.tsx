import { createFileRoute } from '@tanstack/react-router';
import { AdminOnly } from '@/features/admin/admin-only';
import { QueuePage } from '@/features/queue/page';
import { useTimeZone } from '@/lib/zone';

export const Route = createFileRoute('/queue')({ component: QueueRoute });

function QueueRoute() {
  const zone = useTimeZone();
  return (
    <AdminOnly title="Queue" what="see and steer the queue">
      <QueuePage zone={zone} />
    </AdminOnly>
  );
}

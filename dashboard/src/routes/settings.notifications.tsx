import { createFileRoute } from '@tanstack/react-router';
import { setNotifyOnEnd, useNotifyOnEnd } from '@/features/run/page/use-end-notice';
import { NotificationSettings } from '@/features/settings/notifications';

export const Route = createFileRoute('/settings/notifications')({ component: NotificationsRoute });

/** The wish is the task page's; here it can be changed without a task. */
function NotificationsRoute() {
  return <NotificationSettings isWanted={useNotifyOnEnd((wish) => wish.isWanted)} turn={setNotifyOnEnd} />;
}

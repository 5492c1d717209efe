import { createFileRoute } from '@tanstack/react-router';
import { NotificationSettings } from '@/features/settings/notifications';
import { setNotifyOnEnd, useNotifyOnEnd } from '@/ui/notify-on-end';

export const Route = createFileRoute('/settings/notifications')({ component: NotificationsRoute });

/** The wish is the task page's; here it can be changed without a task. */
function NotificationsRoute() {
  return <NotificationSettings isWanted={useNotifyOnEnd((wish) => wish.isWanted)} turn={setNotifyOnEnd} />;
}

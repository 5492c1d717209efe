import { BellOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { Switch } from '@/ui/switch';
import { Setting } from './appearance';
import { useNotifications } from './notification-choice';

/** A note from the browser when a task ends while one looks elsewhere. Off until somebody wants it. */
export function NotificationSettings() {
  const { on, permission, turn } = useNotifications();
  const [tested, setTested] = useState(false);
  return (
    <Card>
      <CardHeader title="Notifications" description="From this browser, while a page of Errand is open in it" />
      <CardBody className="divide-y">
        <Setting label="When a task ends" hint="Of the tasks that you have open, while you look elsewhere.">
          <Switch
            aria-label="Notify me when a task ends"
            checked={on}
            disabled={permission === 'unsupported'}
            onCheckedChange={(next) => void turn(next)}
          />
        </Setting>
        {permission === 'denied' && (
          <Refused>
            This browser refuses notifications from Errand. Allow them in its settings for this site, then turn this on
            again.
          </Refused>
        )}
        {permission === 'unsupported' && <Refused>This browser shows no notifications.</Refused>}
        {on && permission === 'granted' && (
          <div className="pt-4">
            <Button
              variant="outline"
              size="sm"
              onClick={() => {
                new Notification('Errand', { body: 'This is how the end of a task looks.', icon: '/favicon.svg' });
                setTested(true);
              }}
            >
              Show one now
            </Button>
            {tested && (
              <p role="status" className="mt-2 text-muted-foreground text-sm">
                Nothing to see? The system may hold notifications back (“do not disturb”).
              </p>
            )}
          </div>
        )}
      </CardBody>
    </Card>
  );
}

function Refused({ children }: { children: string }) {
  return (
    <p role="alert" className="flex items-start gap-2 pt-4 text-sm">
      <BellOff aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      {children}
    </p>
  );
}

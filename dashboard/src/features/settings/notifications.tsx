import { BellOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { Switch } from '@/ui/switch';
import { Setting } from './appearance';

interface NotificationSettingsProps {
  isWanted: boolean;
  /** Asks the browser for leave, the first time. */
  turn: (on: boolean) => Promise<void>;
}

type Permission = NotificationPermission | 'unsupported';

const permission = (): Permission => (typeof Notification === 'undefined' ? 'unsupported' : Notification.permission);

/** A note from the browser when a task ends while one looks elsewhere. Off until somebody wants it. */
export function NotificationSettings({ isWanted, turn }: NotificationSettingsProps) {
  const [given, setGiven] = useState(permission);
  const [tested, setTested] = useState(false);
  const change = async (on: boolean) => {
    await turn(on);
    setGiven(permission());
  };
  return (
    <Card>
      <CardHeader title="Notifications" description="From this browser, while a page of Errand is open in it" />
      <CardBody className="divide-y">
        <Setting label="When a task ends" hint="Of the task that you have open, while you look elsewhere.">
          <Switch
            aria-label="Notify me when a task ends"
            checked={isWanted && given === 'granted'}
            disabled={given === 'unsupported'}
            onCheckedChange={(on) => void change(on)}
          />
        </Setting>
        {given === 'denied' && (
          <Refused>
            This browser refuses notifications from Errand. Allow them in its settings for this site, then turn this on
            again.
          </Refused>
        )}
        {given === 'unsupported' && <Refused>This browser shows no notifications.</Refused>}
        {isWanted && given === 'granted' && (
          <div className="pt-4">
            <Button
              variant="outline"
              size="sm"
              onClick={() => {
                new Notification('Errand', { body: 'This is how the end of a task looks.' });
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

import { useQuery } from '@tanstack/react-query';
import { LogOut, MonitorSmartphone } from 'lucide-react';
import { useState } from 'react';
import type { Session } from '@/api/types';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { Time } from '@/ui/time';
import { sessionsQuery, useEndSession, useSignOutEverywhere } from './api';

export function Sessions({ signOutEverywhere }: { signOutEverywhere: () => Promise<void> }) {
  const sessions = useQuery(sessionsQuery);
  const [everywhere, setEverywhere] = useState(false);
  const signOut = useSignOutEverywhere(signOutEverywhere);
  return (
    <Card className="overflow-hidden">
      <CardHeader
        title="Sign-ins"
        description="Where you are signed in"
        actions={
          <Button variant="danger" size="sm" onClick={() => setEverywhere(true)}>
            <LogOut aria-hidden />
            Sign out everywhere
          </Button>
        }
      />
      <div className="mt-4 border-t">
        {sessions.isPending ? (
          <RowsSkeleton label="Loading your sign-ins" rows={3} />
        ) : sessions.isError ? (
          <ErrorState
            className="py-10"
            error={sessions.error}
            what="Your sign-ins"
            onRetry={() => void sessions.refetch()}
          />
        ) : (
          <ul className="divide-y">
            {sessions.data.items.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        )}
      </div>
      <ConfirmDialog
        open={everywhere}
        onOpenChange={setEverywhere}
        title="Sign out everywhere?"
        description="Every browser and terminal is signed out at once, this one too. API keys and running tasks go on."
        confirm="Sign out everywhere"
        dismiss="Stay signed in"
        danger
        busy={signOut.isPending}
        onConfirm={() => signOut.mutate()}
      />
    </Card>
  );
}

function SessionRow({ session }: { session: Session }) {
  const end = useEndSession();
  return (
    <li className="flex items-center gap-4 px-5 py-3">
      <MonitorSmartphone aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          {session.last_used_at ? (
            <span>
              Last used <Time at={session.last_used_at} />
            </span>
          ) : (
            'Not used yet'
          )}
          {session.current && <Badge tone="success">this one</Badge>}
        </p>
        <p className="text-muted-foreground text-sm">
          Since <Time at={session.created_at} /> · ends <Time at={session.expires_at} />
        </p>
      </div>
      {!session.current && (
        <Button
          variant="outline"
          size="sm"
          busy={end.isPending}
          aria-label={`End the sign-in of ${session.created_at.slice(0, 10)}`}
          onClick={() => end.mutate(session.id)}
        >
          End
        </Button>
      )}
    </li>
  );
}

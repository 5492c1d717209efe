import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { configQuery } from '@/api/config';
import { meQuery } from '@/api/me';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { CopyButton } from '@/ui/copy-button';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';

const ROLE_WORDS: Record<string, string> = {
  admin: 'Runs this installation: users, limits, the queue, everyone’s tasks.',
  member: 'Hands in tasks, cancels and retries them, makes API keys.',
  viewer: 'Sees tasks. An admin can change your role.',
};

/** Who one is here, as the API sees it. */
export function Profile() {
  const me = useQuery(meQuery);
  const config = useQuery(configQuery);
  if (me.isError) return <ErrorState error={me.error} what="Your profile" onRetry={() => void me.refetch()} />;
  return (
    <Card aria-busy={me.isPending}>
      <CardHeader title="Profile" description="Who you are to this installation of Errand" />
      <CardBody>
        <dl className="divide-y">
          <Row label="Email address">{me.data ? me.data.email : <Skeleton className="h-5 w-48" />}</Row>
          <Row label="Role" note={me.data && ROLE_WORDS[me.data.role]}>
            {me.data ? <Badge tone="outline">{me.data.role}</Badge> : <Skeleton className="h-5 w-16" />}
          </Row>
          <Row label="User id">
            {me.data ? (
              <span className="flex min-w-0 items-center gap-1">
                <code className="truncate font-mono text-xs">{me.data.id}</code>
                <CopyButton text={me.data.id} label="Copy the user id" />
              </span>
            ) : (
              <Skeleton className="h-5 w-64 max-w-full" />
            )}
          </Row>
          <Row label="Errand">
            {config.data
              ? `${config.data.version}, ${config.data.mode === 'local' ? 'on one machine' : 'in the cloud'}`
              : '–'}
          </Row>
        </dl>
        <div className="mt-4 flex flex-wrap gap-2">
          <Button variant="outline" size="sm" asChild>
            <Link to="/settings/security">Change password</Link>
          </Button>
        </div>
      </CardBody>
    </Card>
  );
}

function Row({ label, note, children }: { label: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-1 py-3 first:pt-0 sm:grid-cols-[10rem_1fr]">
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="min-w-0">
        {children}
        {note && <p className="mt-1 text-muted-foreground text-sm">{note}</p>}
      </dd>
    </div>
  );
}

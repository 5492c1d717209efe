import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { meQuery } from '@/api/me';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Loading, Skeleton } from '@/ui/skeleton';

interface AdminOnlyProps {
  title: string;
  /** What one could do here: “see and steer the queue”. */
  what: string;
  children: ReactNode;
}

/** What only an admin may open. Whoever is none reads what is missing; the API refuses them as well. */
export function AdminOnly({ title, what, children }: AdminOnlyProps) {
  const me = useQuery(meQuery);
  if (me.data?.role === 'admin') return children;
  return (
    <>
      <PageHeader title={title} />
      <PageBody>
        {me.data ? (
          <EmptyState
            icon={ShieldAlert}
            title="This needs the role admin"
            actions={
              <Button variant="outline" asChild>
                <Link to="/tasks">To your tasks</Link>
              </Button>
            }
          >
            You are signed in as {me.data.email}, who is a {me.data.role}. To {what} one must be an admin; one of yours
            can change your role under Admin, Users.
          </EmptyState>
        ) : me.isError ? (
          <ErrorState error={me.error} what="Your account" onRetry={() => void me.refetch()} />
        ) : (
          <Loading label="Loading your account" className="space-y-4">
            <Skeleton className="h-24 rounded-xl" />
            <Skeleton className="h-64 rounded-xl" />
          </Loading>
        )}
      </PageBody>
    </>
  );
}

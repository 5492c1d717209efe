import { useInfiniteQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '@/api/me';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { usersQuery } from './api';
import { Invite } from './invite';
import { More } from './more';
import { UserRow } from './user-row';

export function Users() {
  const users = useInfiniteQuery(usersQuery);
  const me = useMe();
  const [inviting, setInviting] = useState(false);
  const rows = users.data?.pages.flatMap((page) => page.items) ?? [];
  // Who is the last one cannot be demoted or disabled; the API refuses it, and here it is said before.
  const admins = rows.filter((user) => user.role === 'admin' && !user.disabled && !user.invited);
  const last = !users.hasNextPage && admins.length === 1 ? admins[0]?.id : undefined;
  return (
    <Card className="overflow-hidden">
      <CardHeader
        title="Users"
        description="Who may sign in to this installation, and what they may do"
        actions={
          <Button size="sm" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden />
            Invite
          </Button>
        }
      />
      <div className="mt-4 border-t">
        {users.isPending ? (
          <RowsSkeleton label="Loading the users" rows={6} />
        ) : users.isError && rows.length === 0 ? (
          <ErrorState error={users.error} what="The users" onRetry={() => void users.refetch()} />
        ) : (
          <ul className="divide-y">
            {rows.map((user) => (
              <UserRow key={user.id} user={user} isMe={user.id === me?.id} isLastAdmin={user.id === last} />
            ))}
          </ul>
        )}
        <More query={users} />
      </div>
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </Card>
  );
}

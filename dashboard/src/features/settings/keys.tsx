import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useRole } from '@/api/me';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { keysQuery } from './api';
import { CreateKey } from './create-key';
import { KeyRow } from './key-row';

export function Keys() {
  const keys = useQuery(keysQuery);
  const role = useRole();
  const [creating, setCreating] = useState(false);
  if (role === 'viewer') {
    return (
      <Card>
        <EmptyState icon={KeyRound} title="API keys need the role member">
          A key does what its owner may. An admin can change your role under Admin, Users.
        </EmptyState>
      </Card>
    );
  }
  const create = (
    <Button size="sm" onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      New key
    </Button>
  );
  let list: ReactNode;
  if (keys.isPending) list = <RowsSkeleton label="Loading your keys" rows={3} />;
  else if (keys.isError) {
    list = <ErrorState className="py-10" error={keys.error} what="Your keys" onRetry={() => void keys.refetch()} />;
  } else if (keys.data.items.length === 0) {
    list = (
      <EmptyState className="py-12" icon={KeyRound} title="No key yet" actions={create}>
        With a key, scripts and CI hand in tasks and read what came of them, without your password.
      </EmptyState>
    );
  } else {
    list = (
      <ul className="divide-y">
        {keys.data.items.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </ul>
    );
  }
  return (
    <Card className="overflow-hidden">
      <CardHeader
        title="API keys"
        description="For programs. A key does what you may, except to manage keys, sign-ins and accounts."
        actions={keys.data && keys.data.items.length > 0 && create}
      />
      <div className="mt-4 border-t">{list}</div>
      {creating && <CreateKey onClose={() => setCreating(false)} />}
    </Card>
  );
}

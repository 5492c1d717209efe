import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey } from '@/api/types';
import { clean } from '@/lib/clean';
import { useNow } from '@/lib/use-now';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Time } from '@/ui/time';
import { useRevokeKey } from './api';
import { type Life, life } from './expiry';
import { TypedConfirm } from './typed-confirm';

export function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const name = clean(apiKey.name);
  const [asking, setAsking] = useState(false);
  const revoke = useRevokeKey();
  const state = life(apiKey.expires_at, new Date(useNow()));
  return (
    <li className="flex items-center gap-4 px-5 py-3">
      <KeyRound aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{name}</span>
          <Badge tone="outline">{apiKey.scope === 'read' ? 'reads only' : 'reads and writes'}</Badge>
          {state === 'expired' && <Badge tone="danger">expired</Badge>}
          {state === 'soon' && <Badge tone="warning">ends soon</Badge>}
        </p>
        <p className="text-muted-foreground text-sm">
          {apiKey.last_used_at ? (
            <>
              Last used <Time at={apiKey.last_used_at} />
            </>
          ) : (
            'Never used'
          )}
          {' · made '}
          <Time at={apiKey.created_at} />
          {' · '}
          <Ends state={state} at={apiKey.expires_at} />
        </p>
      </div>
      <Button variant="outline" size="sm" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      {asking && (
        <TypedConfirm
          title={`Revoke “${name}”?`}
          description="Whatever uses this key is refused from that moment on. It cannot be brought back."
          phrase={name}
          confirm="Revoke"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(apiKey.id, { onSettled: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function Ends({ state, at }: { state: Life; at: string | null | undefined }) {
  if (!at || state === 'never') return 'never ends';
  return (
    <>
      {state === 'expired' ? 'ended ' : 'ends '}
      <Time at={at} />
    </>
  );
}

import { KeyRound, ListOrdered, type LucideIcon, UserRound } from 'lucide-react';
import type { AuditEntry } from '@/api/types';
import { clean } from '@/lib/clean';
import { CopyButton } from '@/ui/copy-button';
import { Time } from '@/ui/time';
import { ACTIONS, type AuditAction, detailText, type Kind, VIA } from './words';

const ICONS: Record<Kind, LucideIcon> = { access: KeyRound, people: UserRound, queue: ListOrdered };

export function AuditRow({ entry }: { entry: AuditEntry }) {
  // An entry that a newer server wrote is shown by its own name.
  const action = ACTIONS[entry.action as AuditAction] ?? { did: entry.action.replaceAll('_', ' '), kind: 'access' };
  const Icon = ICONS[action.kind];
  const detail = [detailText(entry.detail), entry.via === 'session' ? '' : `by ${VIA[entry.via]}`]
    .filter(Boolean)
    .join(' · ');
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 px-5 py-2.5">
      <Icon aria-hidden className="mt-1 size-4 text-muted-foreground" />
      <div className="min-w-0">
        <p>
          <span className="font-medium">{entry.actor?.email ?? 'The server'}</span> {action.did}
        </p>
        {detail && <p className="break-words text-muted-foreground text-sm">{clean(detail)}</p>}
        {entry.target && <p className="truncate font-mono text-muted-foreground text-xs">{clean(entry.target)}</p>}
      </div>
      <span className="-my-0.5 flex items-center gap-1 whitespace-nowrap text-muted-foreground text-sm">
        <Time at={entry.at} />
        <CopyButton text={entry.request_id} label="Copy the request id" />
      </span>
    </li>
  );
}

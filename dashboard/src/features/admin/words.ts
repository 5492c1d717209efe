import type { AuditEntry, Limits, Role } from '@/api/types';

export type AuditAction = AuditEntry['action'];

/** What a role may do, for who hands it out. */
export const ROLES: Record<Role, { label: string; may: string }> = {
  admin: { label: 'Admin', may: 'Everything: users, limits, the queue, everyone’s tasks.' },
  member: { label: 'Member', may: 'Hands in tasks, cancels and retries their own, makes API keys.' },
  viewer: { label: 'Viewer', may: 'Sees their tasks. Starts and changes nothing.' },
};

export const ROLE_NAMES = Object.keys(ROLES) as Role[];

export type Kind = 'access' | 'people' | 'queue';

/** Exhaustive: a new action does not compile until the list has a sentence for it. */
export const ACTIONS: Record<AuditAction, { did: string; kind: Kind }> = {
  signed_in: { did: 'signed in', kind: 'access' },
  signed_out: { did: 'signed out', kind: 'access' },
  password_changed: { did: 'changed a password', kind: 'access' },
  session_revoked: { did: 'ended a sign-in', kind: 'access' },
  key_created: { did: 'made an API key', kind: 'access' },
  key_revoked: { did: 'revoked an API key', kind: 'access' },
  user_invited: { did: 'invited', kind: 'people' },
  user_changed: { did: 'changed an account', kind: 'people' },
  queue_paused: { did: 'paused the queue', kind: 'queue' },
  queue_resumed: { did: 'resumed the queue', kind: 'queue' },
  limits_changed: { did: 'changed the limits', kind: 'queue' },
  bulk: { did: 'changed many tasks', kind: 'queue' },
};

export const AUDIT_ACTIONS = Object.keys(ACTIONS) as AuditAction[];

export const KINDS: Record<Kind, string> = { access: 'Access', people: 'People', queue: 'Queue' };

export const VIA: Record<AuditEntry['via'], string> = {
  session: 'dashboard or CLI',
  key: 'API key',
  link: 'one-use link',
  server: 'the server itself',
};

/** What changed, in a line, whatever shape it was written down in. */
export function detailText(detail: unknown): string {
  if (detail === null || detail === undefined || detail === '') return '';
  if (typeof detail === 'string' || typeof detail === 'number' || typeof detail === 'boolean') return String(detail);
  if (Array.isArray(detail)) return detail.map(detailText).filter(Boolean).join(', ');
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key.replaceAll('_', ' ')}: ${detailText(value)}`)
    .join(' · ');
}

/** What a change of the limits does, before it is done. */
export function consequences(now: Limits, next: Limits, running: number | undefined): string[] {
  const said: string[] = [];
  if (next.running_total < now.running_total && running !== undefined && running > next.running_total) {
    const over = running - next.running_total;
    said.push(
      `${running} tasks run now: none is stopped, but nothing new starts until ${over} ${over === 1 ? 'has' : 'have'} ended.`,
    );
  }
  if (next.running_total > now.running_total) {
    said.push(`${next.running_total - now.running_total} more may start at once, from the next moment on.`);
  }
  if (next.running_per_user >= next.running_total) {
    said.push('One person alone can fill every slot.');
  }
  if (next.queued_per_user < now.queued_per_user) {
    said.push('What waits already stays; who has more waiting is refused new tasks until it is fewer.');
  }
  return said;
}

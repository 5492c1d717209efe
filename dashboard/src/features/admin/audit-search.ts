import type { AuditEntry } from '@/api/types';
import { ACTIONS, AUDIT_ACTIONS, type AuditAction, KINDS, type Kind } from './words';

/** In the address, so that a finding can be shown to somebody. */
export interface AuditSearch {
  kind?: Kind;
  action?: AuditAction;
  who?: string;
}

export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  const kind = (Object.keys(KINDS) as Kind[]).find((known) => known === raw.kind);
  const action = AUDIT_ACTIONS.find((known) => known === raw.action);
  const who = typeof raw.who === 'string' ? raw.who.slice(0, 200) : '';
  return { ...(kind ? { kind } : {}), ...(action ? { action } : {}), ...(who ? { who } : {}) };
}

const known = (action: string): action is AuditAction => action in ACTIONS;

export function matches(entry: AuditEntry, { kind, action, who }: AuditSearch): boolean {
  if (action && entry.action !== action) return false;
  if (kind && !(known(entry.action) && ACTIONS[entry.action].kind === kind)) return false;
  const names = `${entry.actor?.email ?? 'the server'} ${entry.target ?? ''} ${entry.detail ?? ''}`.toLowerCase();
  return !who || names.includes(who.toLowerCase().trim());
}

import { hasFailed } from './tools';
import type { Entry } from './types';

/** Whether something went wrong here that a person who looks for errors wants to see. */
export function isFailure(entry: Entry): boolean {
  switch (entry.kind) {
    case 'tool':
      return hasFailed(entry);
    case 'text':
      return typeof entry.event.error === 'string';
    case 'thinking':
    case 'user':
      return false;
    case 'notice':
      return isBadNotice(entry.event);
  }
}

function isBadNotice(event: Extract<Entry, { kind: 'notice' }>['event']): boolean {
  switch (event.type) {
    case 'run_ended':
      return event.outcome === 'failed';
    case 'result':
      return event.is_error;
    case 'error':
    case 'api_retry':
    case 'permission_denied':
      return true;
    case 'log':
      return event.level === 'error' || event.level === 'warn';
    default:
      return false;
  }
}

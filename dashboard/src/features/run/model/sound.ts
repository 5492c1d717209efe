import { isRecord } from './text';
import type { EventType, RunEvent } from './types';

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'record';

/**
 * What the views take for granted. The server passes bodies on as the runner sent them, and a runner may be newer than
 * this page, or turned against it: an event that is not as it must be is shown as one of an unknown type.
 */
const NEEDS: { readonly [T in EventType]: Readonly<Record<string, Kind>> } = {
  run_started: { version: 'string', isolation: 'record' },
  workspace_ready: { duration_ms: 'number' },
  artifact_stored: { name: 'string', size_bytes: 'number' },
  run_ended: { outcome: 'string', duration_ms: 'number' },
  session: { session_id: 'string' },
  prompt_sent: { uuid: 'string' },
  state: { state: 'string' },
  status: {},
  text: { text: 'string' },
  thinking: { text: 'string' },
  tool_use: { tool_use_id: 'string', name: 'string' },
  tool_progress: { tool_use_id: 'string', name: 'string', elapsed_s: 'number' },
  tool_result: { tool_use_id: 'string' },
  user: {},
  todo: { items: 'array' },
  usage: { request: 'record', run: 'record' },
  api_retry: { attempt_no: 'number', max_retries: 'number', retry_delay_ms: 'number' },
  model_fallback: {},
  rate_limit: {},
  subtask: { phase: 'string', subtask_id: 'string' },
  subtasks: { subtasks: 'array' },
  permission_request: { request_id: 'string', tool: 'string' },
  permission_resolved: { request_id: 'string', decision: 'string' },
  permission_denied: { tool_name: 'string' },
  compact_boundary: {},
  hook_started: {},
  hook_response: {},
  stderr: { line: 'string' },
  log: { level: 'string', message: 'string' },
  result: { subtype: 'string', is_error: 'boolean' },
  error: { kind: 'string', message: 'string' },
  other: {},
  unknown: {},
};

/** Fields that are a text wherever they are set. */
const TEXTS = [
  'parent_tool_use_id',
  'error',
  'model',
  'message',
  'reason',
  'message_id',
  'server',
  'repository',
  'ref',
  'commit',
  'by',
  'result',
  'stop_reason',
  'terminal_reason',
  'session_id',
  'cwd',
  'claude_code_version',
  'permission_mode',
  'title',
  'description',
  'status',
  'content_type',
  'tool_use_id',
  'original_model',
  'fallback_model',
  'trigger',
  'stderr_tail',
] as const;
const NUMBERS = [
  'cost_usd_micros',
  'num_turns',
  'duration_ms',
  'error_status',
  'api_error_status',
  'exit_code',
] as const;

const isKind = (value: unknown, kind: Kind) =>
  kind === 'array' ? Array.isArray(value) : kind === 'record' ? isRecord(value) : typeof value === kind;
const isUnset = (value: unknown) => value === undefined || value === null;
const isTodo = (item: unknown) => isRecord(item) && typeof item.subject === 'string' && typeof item.status === 'string';

function isSound(event: Record<string, unknown>, type: EventType): boolean {
  return (
    Object.entries(NEEDS[type]).every(([name, kind]) => isKind(event[name], kind)) &&
    TEXTS.every((name) => isUnset(event[name]) || typeof event[name] === 'string') &&
    NUMBERS.every((name) => isUnset(event[name]) || typeof event[name] === 'number') &&
    (type !== 'todo' || (event.items as unknown[]).every(isTodo))
  );
}

/** The event, as one of an unknown type where it is not what its type says. Nothing of it is lost. */
export function soundEvent(event: RunEvent): RunEvent {
  const isKnown = Object.hasOwn(NEEDS, event.type);
  if (isKnown && isSound(event as Record<string, unknown>, event.type)) return event;
  const unknown: RunEvent & { called: string } = { ...event, type: 'unknown', called: event.type };
  return unknown;
}

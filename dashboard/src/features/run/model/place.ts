import type { EventType, RunEvent } from './types';

/**
 * Where an event is shown. Exhaustive: a new type does not compile until it has a place.
 * - `row`: a row of the timeline
 * - `quiet`: a row for who asks for everything
 * - `call`: on the row of its tool call
 */
type Place = 'row' | 'quiet' | 'call';

const PLACE: { readonly [T in EventType]: Place } = {
  run_started: 'row',
  workspace_ready: 'row',
  artifact_stored: 'quiet',
  run_ended: 'row',
  session: 'quiet',
  prompt_sent: 'quiet',
  state: 'quiet',
  status: 'quiet',
  text: 'row',
  thinking: 'row',
  tool_use: 'row',
  tool_progress: 'call',
  tool_result: 'call',
  user: 'row',
  todo: 'quiet',
  usage: 'quiet',
  api_retry: 'row',
  model_fallback: 'row',
  rate_limit: 'quiet',
  subtask: 'quiet',
  subtasks: 'quiet',
  permission_request: 'row',
  permission_resolved: 'row',
  permission_denied: 'row',
  compact_boundary: 'row',
  hook_started: 'quiet',
  hook_response: 'quiet',
  stderr: 'quiet',
  log: 'quiet',
  result: 'row',
  error: 'row',
  other: 'quiet',
  unknown: 'row',
};

/** The types that this dashboard knows. */
export const EVENT_TYPES = Object.keys(PLACE) as EventType[];

export function isQuiet(event: RunEvent): boolean {
  if (event.type === 'log') return event.level !== 'warn' && event.level !== 'error';
  if (event.type === 'user') return event.synthetic === true;
  return PLACE[event.type] === 'quiet';
}

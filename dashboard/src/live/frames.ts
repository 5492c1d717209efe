import type { components } from '@/api/schema';

export type LiveEvent = components['schemas']['Event'];
export type LiveTask = components['schemas']['Task'];
export type ClientFrame = components['schemas']['ClientFrame'];
export type Topic = 'tasks' | 'queue' | `task:${string}`;

type Wire = components['schemas']['ServerFrame'];
/** `unknown` is what a newer server may say; it is dropped where the frame is read. */
export type ServerFrame = Exclude<Wire, { type: 'unknown' }>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What of a frame is needed to act on it is checked; what is not understood is as good as not sent. */
export function readFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(frame)) return null;
  switch (frame.type) {
    case 'heads':
      return isRecord(frame.heads) ? (frame as ServerFrame) : null;
    case 'events':
      return typeof frame.topic === 'string' && Array.isArray(frame.events) && frame.events.every(isEvent)
        ? (frame as ServerFrame)
        : null;
    case 'task':
      return isRecord(frame.task) && typeof frame.task.id === 'string' ? (frame as ServerFrame) : null;
    case 'error':
      return isRecord(frame.problem) ? (frame as ServerFrame) : null;
    default:
      return null;
  }
}

const isEvent = (value: unknown) =>
  isRecord(value) && Number.isSafeInteger(value.seq) && typeof value.type === 'string';

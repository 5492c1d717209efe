import type { Event, Tokens } from '@/api/types';

export type RunEvent = Event;
export type EventType = RunEvent['type'];
export type EventOf<T extends EventType> = Extract<RunEvent, { type: T }>;

type Base = {
  /** Stays the same when older events are put before it. */
  readonly key: string;
  readonly seq: number;
  readonly at: string;
  readonly attempt: number;
  /** The tool call of the sub-agent that this belongs to. */
  readonly parent: string | null;
  /** Shown only to who asks for everything. */
  readonly isQuiet: boolean;
};

export type TextEntry = Base & { readonly kind: 'text'; readonly event: EventOf<'text'> };
export type ThinkingEntry = Base & { readonly kind: 'thinking'; readonly event: EventOf<'thinking'> };
export type UserEntry = Base & { readonly kind: 'user'; readonly event: EventOf<'user'> };
export type NoticeType = Exclude<
  EventType,
  'text' | 'thinking' | 'user' | 'tool_use' | 'tool_result' | 'tool_progress'
>;
export type Notice = Extract<RunEvent, { type: NoticeType }>;
export type NoticeEntry = Base & { readonly kind: 'notice'; readonly event: Notice };

export type ToolEntry = Base & {
  readonly kind: 'tool';
  readonly id: string;
  readonly name: string;
  readonly server: string | null;
  readonly input: unknown;
  /** Absent where only the answer was loaded. */
  readonly call: EventOf<'tool_use'> | null;
  readonly result: EventOf<'tool_result'> | null;
  /** What the tool itself last said about how long it works. */
  readonly elapsedS: number | null;
};

export type Entry = TextEntry | ThinkingEntry | UserEntry | NoticeEntry | ToolEntry;

export type Usage = { readonly costMicros: number; readonly tokens: Tokens };

import { clean } from '@/lib/clean';
import { bytes, duration, plural, usd } from '@/lib/format';
import { REASONS } from '@/ui/reasons';
import { contentText, field, firstLine, numberField, pretty, textField } from './text';
import type { EventOf, Notice, NoticeType } from './types';

export type Tone = 'plain' | 'good' | 'warn' | 'bad';

/** What the page says of an event that is neither a word nor a deed of the agent's. */
type Words = {
  readonly tone: Tone;
  readonly title: string;
  /** Beside the title: numbers, names. */
  readonly remark?: string | undefined;
  /** Below it, once it is open. Without it the event itself is shown. */
  readonly body?: string | undefined;
  /** A new chapter: drawn as a rule across the page. */
  readonly isRule?: boolean;
};

const join = (...parts: (string | number | null | undefined | false)[]) =>
  parts.filter((part) => part !== undefined && part !== null && part !== '' && part !== false).join(' · ');

/** Exhaustive: an event type that is added does not compile until it has its words. */
const WORDS: { readonly [T in NoticeType]: (event: EventOf<T>) => Words } = {
  run_started: (event) => ({
    tone: 'plain',
    title: `Run ${event.attempt}`,
    remark: event.demo_model === true ? 'scripted demo model' : undefined,
    isRule: true,
  }),
  workspace_ready: (event) => ({
    tone: 'plain',
    title: event.repository ? 'Repository cloned' : 'Workspace ready',
    remark: join(event.ref, event.commit?.slice(0, 8), duration(event.duration_ms)),
  }),
  artifact_stored: (event) => ({ tone: 'plain', title: `Kept ${event.name}`, remark: bytes(event.size_bytes) }),
  run_ended: (event) => ({
    tone: event.outcome === 'succeeded' ? 'good' : event.outcome === 'failed' ? 'bad' : 'plain',
    title: `Run ${event.attempt} ${event.outcome}`,
    remark: join(
      event.reason && Object.hasOwn(REASONS, event.reason) && REASONS[event.reason],
      duration(event.duration_ms),
      event.cost_usd_micros !== undefined && usd(event.cost_usd_micros),
    ),
    body: event.message ?? undefined,
    isRule: true,
  }),
  session: (event) => ({ tone: 'plain', title: 'Claude Code', remark: join(event.model, event.claude_code_version) }),
  prompt_sent: () => ({ tone: 'plain', title: 'Prompt sent' }),
  state: (event) => ({ tone: 'plain', title: `Claude Code is ${event.state.replaceAll('_', ' ')}` }),
  status: (event) => ({
    tone: 'plain',
    title: event.status ? `Claude Code is ${event.status}` : 'Status',
    remark: join(event.permission_mode, event.compact_result),
  }),
  todo: (event) => ({
    tone: 'plain',
    title: 'Todo list',
    remark: `${event.items.filter((item) => item.status === 'completed').length}/${event.items.length}`,
    body: event.items.map((item) => `${item.status.replaceAll('_', ' ')}: ${item.subject}`).join('\n'),
  }),
  usage: (event) => ({
    tone: 'plain',
    title: 'Model request',
    remark: join(event.model, typeof event.cost_usd_micros === 'number' && `${usd(event.cost_usd_micros)} so far`),
  }),
  api_retry: (event) => ({
    tone: 'warn',
    title: 'The model did not answer',
    remark: join(
      event.error?.replaceAll('_', ' '),
      event.error_status,
      `attempt ${event.attempt_no} of ${event.max_retries}, again in ${duration(event.retry_delay_ms)}`,
    ),
  }),
  model_fallback: (event) => ({
    tone: 'warn',
    title: 'Another model took over',
    remark: join(event.fallback_model, event.trigger),
    body: textField(event, 'content'),
  }),
  rate_limit: (event) => {
    const share = numberField(event.info, 'utilization');
    return {
      tone: 'warn',
      title: 'Rate limit',
      remark: join(
        textField(event.info, 'status')?.replaceAll('_', ' '),
        share !== undefined && `${Math.round(share * 100)}% used`,
      ),
    };
  },
  subtask: (event) => ({
    tone: 'plain',
    title: `Background task ${event.phase}`,
    remark: textField(event.detail, 'description', 'summary', 'status'),
  }),
  subtasks: (event) => ({ tone: 'plain', title: 'In the background', remark: `${event.subtasks.length}` }),
  permission_request: (event) => ({
    tone: 'warn',
    title: event.title ?? `Asks to use ${event.tool}`,
    remark: event.reason ?? event.description ?? undefined,
  }),
  permission_resolved: (event) => ({
    tone: event.decision === 'allow' ? 'good' : 'plain',
    title: `Answered: ${event.decision}`,
    remark: event.by ? `by ${event.by}` : undefined,
  }),
  permission_denied: (event) => ({
    tone: 'bad',
    title: `${event.tool_name} was refused`,
    remark: event.reason ?? event.message ?? undefined,
  }),
  compact_boundary: (event) => {
    const before = numberField(event.metadata, 'pre_tokens');
    return {
      tone: 'plain',
      title: 'Conversation compacted',
      remark: before === undefined ? undefined : `from ${before.toLocaleString('en-US')} tokens`,
      isRule: true,
    };
  },
  hook_started: (event) => ({
    tone: 'plain',
    title: 'Hook began',
    remark: textField(event.detail, 'hook_name', 'hook_event'),
  }),
  hook_response: (event) => ({
    tone: 'plain',
    title: 'Hook ended',
    remark: join(textField(event.detail, 'hook_name', 'hook_event'), textField(event.detail, 'outcome')),
  }),
  stderr: (event) => ({ tone: 'plain', title: 'Claude Code', remark: firstLine(event.line), body: event.line }),
  log: (event) => ({
    tone: event.level === 'error' ? 'bad' : event.level === 'warn' ? 'warn' : 'plain',
    title: 'Runner',
    remark: firstLine(event.message),
    body: event.message,
  }),
  result: (event) => ({
    tone: event.is_error ? 'bad' : 'plain',
    title: event.is_error ? 'The agent stopped with an error' : 'Turn finished',
    remark: join(
      event.is_error && (event.terminal_reason ?? event.subtype).replaceAll('_', ' '),
      event.num_turns !== undefined && plural(event.num_turns, 'step'),
      event.duration_ms !== undefined && duration(event.duration_ms),
      event.cost_usd_micros !== undefined && usd(event.cost_usd_micros),
    ),
    body: event.is_error ? join(event.result, contentText(event.errors)) || undefined : undefined,
  }),
  error: (event) => ({
    tone: 'bad',
    title: 'Error',
    remark: firstLine(event.message),
    body: event.stderr_tail ? `${event.message}\n\n${event.stderr_tail}` : event.message,
  }),
  other: (event) => ({
    tone: 'plain',
    title: 'Claude Code',
    remark: textField(event.frame, 'subtype', 'type')?.replaceAll('_', ' '),
  }),
  unknown: (event) => ({
    tone: 'plain',
    title: textField(event, 'called') ?? 'An event of a newer version',
    remark: firstLine(textField(event, 'message', 'text', 'title') ?? ''),
  }),
};

export function wordsOf(event: Notice): Words {
  const make = (WORDS[event.type] ?? WORDS.unknown) as (event: Notice) => Words;
  const words = make(event);
  return {
    ...words,
    title: clean(words.title),
    remark: words.remark === undefined ? undefined : clean(firstLine(words.remark)).slice(0, 400),
  };
}

/** The event without what the page says elsewhere. */
export function bodyOf(event: Notice): string {
  const { body } = (WORDS[event.type] ?? WORDS.unknown)(event as never);
  if (body !== undefined) return body;
  const { seq: _seq, at: _at, attempt: _attempt, type: _type, truncated: _cut, whole_bytes: _bytes, ...rest } = event;
  return pretty(field({ rest }, 'rest'));
}

import { clean } from '@/lib/clean';
import type { RunState } from './fold';
import { contentText, pretty } from './text';
import { hasFailed, outputOf, summaryOf } from './tools';
import type { Entry, RunEvent } from './types';

/** Events as the server has them, one a line. */
export const toJsonLines = (events: readonly RunEvent[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

type About = { title: string; id: string; prompt?: string | undefined };

/** What was said and done, for a person to read. */
export function toMarkdown(state: RunState, { title, id, prompt }: About): string {
  const parts = [`# ${oneLine(title)}`, `\`${id}\``];
  if (prompt !== undefined) parts.push('## Prompt', fenced(clean(prompt)));
  parts.push('## Transcript', ...state.entries.filter((entry) => !entry.isQuiet).map(section));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const oneLine = (text: string) => clean(text).replaceAll('\n', ' ');

function section(entry: Entry): string {
  switch (entry.kind) {
    case 'text':
      return clean(entry.event.text);
    case 'thinking':
      return `> *Thinking.* ${clean(entry.event.text).replaceAll('\n', '\n> ')}`;
    case 'user':
      return `**User:** ${clean(contentText(entry.event.content))}`;
    case 'tool': {
      const { label, subject } = summaryOf(entry);
      const output = clean(outputOf(entry.result));
      const head = `**${label}**${subject === '' ? '' : ` ${inlineCode(oneLine(subject))}`}${hasFailed(entry) ? ' (failed)' : ''}`;
      return output.trim() === '' ? head : `${head}\n\n${fenced(output)}`;
    }
    case 'notice': {
      const { seq: _seq, at: _at, attempt: _attempt, type, ...body } = entry.event;
      return `*${type.replaceAll('_', ' ')}* ${inlineCode(pretty(body, 0))}`;
    }
  }
}

const longest = (text: string, pattern: RegExp) =>
  Math.max(0, ...(text.match(pattern) ?? []).map(({ length }) => length));

/** A fence that nothing in the text can close. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longest(text, /`+/g) + 1));
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function inlineCode(text: string): string {
  const tick = '`'.repeat(longest(text, /`+/g) + 1);
  const room = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${tick}${room}${text}${room}${tick}`;
}

import { contentText, field, firstLine, listField, numberField, splitPath, textField } from './text';
import type { RunEvent, ToolEntry } from './types';

/** The tools of Claude Code that have a view of their own. All others, MCP's among them, have the generic one. */
export const TOOL_NAMES = [
  'Agent',
  'AskUserQuestion',
  'Bash',
  'BashOutput',
  'Edit',
  'EnterPlanMode',
  'ExitPlanMode',
  'Glob',
  'Grep',
  'KillShell',
  'LS',
  'MultiEdit',
  'NotebookEdit',
  'Read',
  'Skill',
  'StructuredOutput',
  'Task',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskUpdate',
  'TodoWrite',
  'ToolSearch',
  'WebFetch',
  'WebSearch',
  'Write',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

const NAMES: ReadonlySet<string> = new Set(TOOL_NAMES);
export const isToolName = (name: string): name is ToolName => NAMES.has(name);
export const isAgent = ({ name }: ToolEntry) => name === 'Agent' || name === 'Task';

/** What a row says of a call while it is closed. */
type Summary = {
  label: string;
  /** What it was about. `code` is shown as such. */
  subject: string;
  isCode: boolean;
  /** How it went: "12 matches", "+3 −1". */
  remark?: string;
};

const code = (label: string, subject: string | undefined, remark?: string): Summary => ({
  label,
  subject: subject ?? '',
  isCode: true,
  ...(remark === undefined ? {} : { remark }),
});
const words = (label: string, subject: string | undefined): Summary => ({
  label,
  subject: subject ?? '',
  isCode: false,
});
const shortPath = (input: unknown, ...names: string[]) => {
  const path = textField(input, ...names);
  if (path === undefined) return undefined;
  const { directory, name } = splitPath(path);
  return directory + name;
};

const SUMMARIES: { readonly [N in ToolName]: (tool: ToolEntry) => Summary } = {
  Agent: (tool) => words(textField(tool.input, 'subagent_type') ?? 'Agent', agentSubject(tool)),
  Task: (tool) => words(textField(tool.input, 'subagent_type') ?? 'Agent', agentSubject(tool)),
  AskUserQuestion: ({ input }) => words('Question', textField(listField(input, 'questions')[0], 'question')),
  Bash: ({ input }) => code('Bash', firstLine(textField(input, 'command') ?? '')),
  BashOutput: ({ input }) => code('Output', textField(input, 'bash_id', 'shell_id')),
  KillShell: ({ input }) => code('Stop', textField(input, 'shell_id', 'bash_id')),
  Edit: ({ input }) => code('Edit', shortPath(input, 'file_path')),
  MultiEdit: ({ input }) => code('Edit', shortPath(input, 'file_path')),
  NotebookEdit: ({ input }) => code('Edit', shortPath(input, 'notebook_path', 'file_path')),
  Write: ({ input }) => code('Write', shortPath(input, 'file_path')),
  Read: ({ input }) => code('Read', shortPath(input, 'file_path'), readRange(input)),
  LS: ({ input }) => code('List', shortPath(input, 'path')),
  Glob: (tool) => code('Find', textField(tool.input, 'pattern'), counted(tool, 'numFiles', 'file')),
  Grep: (tool) => code('Search', grepSubject(tool.input), counted(tool, 'numFiles', 'file')),
  EnterPlanMode: () => words('Plan', 'begins to plan'),
  ExitPlanMode: ({ input }) => words('Plan', firstLine(textField(input, 'plan') ?? '')),
  Skill: ({ input }) => words('Skill', textField(input, 'skill', 'command')),
  StructuredOutput: () => words('Answer', 'as structured output'),
  TaskCreate: ({ input }) => words('Todo', textField(input, 'subject', 'description')),
  TaskUpdate: ({ input }) =>
    words('Todo', [textField(input, 'taskId'), textField(input, 'status')].filter(Boolean).join(' → ')),
  TaskGet: ({ input }) => words('Todo', textField(input, 'taskId')),
  TaskList: () => words('Todo', 'the list'),
  TodoWrite: ({ input }) => words('Todo', todoSubject(input)),
  ToolSearch: ({ input }) => words('Tools', textField(input, 'query')),
  WebFetch: ({ input }) => code('Fetch', textField(input, 'url')),
  WebSearch: ({ input }) => words('Web', textField(input, 'query')),
};

export function summaryOf(tool: ToolEntry): Summary {
  const { name } = tool;
  if (isToolName(name)) return SUMMARIES[name](tool);
  if (name === '') return words('Tool', 'the answer to an earlier call');
  const [, server, method] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  const subject = firstArgument(tool.input);
  return { label: method ?? name, subject, isCode: true, ...(server === undefined ? {} : { remark: server }) };
}

function firstArgument(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const values = Object.values(input).filter((value) => typeof value === 'string' || typeof value === 'number');
  return firstLine(String(values[0] ?? ''));
}

function agentSubject({ input }: ToolEntry) {
  return textField(input, 'description') ?? firstLine(textField(input, 'prompt') ?? '');
}

function readRange(input: unknown): string | undefined {
  const offset = numberField(input, 'offset');
  const limit = numberField(input, 'limit');
  if (offset === undefined && limit === undefined) return undefined;
  const from = offset ?? 1;
  return limit === undefined ? `from line ${from}` : `lines ${from}–${from + limit - 1}`;
}

function grepSubject(input: unknown): string {
  const pattern = textField(input, 'pattern') ?? '';
  const where = shortPath(input, 'path') ?? textField(input, 'glob', 'type');
  return where === undefined ? pattern : `${pattern}  in ${where}`;
}

function todoSubject(input: unknown): string {
  const todos = listField(input, 'todos');
  const done = todos.filter((todo) => field(todo, 'status') === 'completed').length;
  const now = todos.find((todo) => field(todo, 'status') === 'in_progress');
  const doing = textField(now, 'activeForm', 'content', 'subject');
  return doing === undefined ? `${done}/${todos.length} done` : `${done}/${todos.length} · ${doing}`;
}

function counted({ result }: ToolEntry, name: string, noun: string): string | undefined {
  const count = numberField(result?.detail, name);
  return count === undefined ? undefined : `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What the tool put out: what it printed, where that is told apart from what the model read. */
export function outputOf(result: ToolEntry['result']): string {
  if (result === null) return '';
  const stdout = textField(result.detail, 'stdout');
  const stderr = textField(result.detail, 'stderr');
  if (stdout === undefined && stderr === undefined) return contentText(result.content);
  return [stdout, stderr].filter((text) => text !== undefined).join('\n');
}

export const hasFailed = ({ result }: ToolEntry) => result?.is_error === true;
/** Milliseconds from the call to its answer. */
export function durationOf({ call, result, elapsedS }: ToolEntry): number | null {
  if (call === null || result === null) return elapsedS === null ? null : elapsedS * 1000;
  const ms = Date.parse(result.at) - Date.parse(call.at);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** The events whose whole is not here, but can be read. */
export function cutEvents(tool: ToolEntry): RunEvent[] {
  return [tool.call, tool.result].filter((event) => event?.truncated === true) as RunEvent[];
}

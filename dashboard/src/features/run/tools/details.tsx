import { Check, Circle, CircleDot } from 'lucide-react';
import { clean } from '@/lib/clean';
import { Code } from '../highlight/code';
import { languageOfPath } from '../highlight/languages';
import { editsOf } from '../model/files';
import { field, listField, numberField, pretty, textField } from '../model/text';
import { hasFailed, outputOf } from '../model/tools';
import { Markdown } from '../text/markdown';
import { Answer, type DetailProps, Edits, Label, RawCall } from './parts';

export function BashDetail({ tool }: DetailProps) {
  const { input } = tool;
  const command = textField(input, 'command') ?? '';
  const description = textField(input, 'description');
  return (
    <>
      {description !== undefined && <p className="mb-1 text-muted-foreground text-xs">{clean(description)}</p>}
      <Code text={command} language="bash" label="Command" />
      {field(input, 'run_in_background') === true && (
        <p className="text-muted-foreground text-xs">Runs in the background</p>
      )}
      <Answer tool={tool} />
      <Edits edits={editsOf(tool)} />
    </>
  );
}

/** Claude Code numbers the lines that it reads. */
const withoutNumbers = (text: string) => text.replace(/^ *\d+[\t→]/gm, '');

export function ReadDetail({ tool }: DetailProps) {
  if (hasFailed(tool)) return <Answer tool={tool} />;
  if (tool.result === null) return null;
  const path = textField(tool.input, 'file_path') ?? '';
  const content = textField(field(tool.result.detail, 'file'), 'content') ?? withoutNumbers(outputOf(tool.result));
  return <Code text={content} language={languageOfPath(path) ?? ''} label={`Content of ${clean(path)}`} />;
}

export function ListDetail({ tool }: DetailProps) {
  return <Answer tool={tool} label="Matches" />;
}

const MARKS = { completed: Check, in_progress: CircleDot, pending: Circle } as const;
const WORDS = { completed: 'done', in_progress: 'now', pending: 'to do' } as const;
type Mark = keyof typeof MARKS;
const markOf = (status: unknown): Mark => (status === 'completed' || status === 'in_progress' ? status : 'pending');

export function TodoDetail({ tool }: DetailProps) {
  const todos = listField(tool.input, 'todos');
  if (todos.length === 0) return <RawCall tool={tool} />;
  return (
    <ul className="space-y-1 py-1 text-sm">
      {todos.map((todo, index) => {
        const mark = markOf(field(todo, 'status'));
        const Icon = MARKS[mark];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are known by their place
          <li key={index} className={mark === 'completed' ? 'flex gap-2 text-muted-foreground' : 'flex gap-2'}>
            <Icon
              aria-hidden
              className={mark === 'in_progress' ? 'mt-0.5 size-4 shrink-0 text-running' : 'mt-0.5 size-4 shrink-0'}
            />
            <span className="sr-only">{WORDS[mark]}: </span>
            {clean(textField(todo, 'content', 'subject') ?? pretty(todo, 0))}
          </li>
        );
      })}
    </ul>
  );
}

/** What a sub-agent was told, and what it reported. What it did in between has rows of its own. */
export function AgentDetail({ tool }: DetailProps) {
  return (
    <>
      <Label>Prompt</Label>
      <Markdown text={textField(tool.input, 'prompt') ?? ''} />
      {tool.result !== null && (
        <>
          <Label>{hasFailed(tool) ? 'Error' : 'Report'}</Label>
          <Markdown text={outputOf(tool.result)} />
        </>
      )}
    </>
  );
}

export function WebDetail({ tool }: DetailProps) {
  const question = textField(tool.input, 'prompt');
  return (
    <>
      {question !== undefined && <p className="mb-1 text-muted-foreground text-sm">{clean(question)}</p>}
      {tool.result !== null && (hasFailed(tool) ? <Answer tool={tool} /> : <Markdown text={outputOf(tool.result)} />)}
    </>
  );
}

export function PlanDetail({ tool }: DetailProps) {
  return (
    <>
      <Markdown text={textField(tool.input, 'plan') ?? ''} />
      <Answer tool={tool} label="Answer" />
    </>
  );
}

export function QuestionDetail({ tool }: DetailProps) {
  return (
    <>
      {listField(tool.input, 'questions').map((question, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: questions are known by their place
        <div key={index} className="py-1 text-sm">
          <p className="font-medium">{clean(textField(question, 'question') ?? '')}</p>
          <ul className="list-disc pl-5 text-muted-foreground">
            {listField(question, 'options').map((option, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: options are known by their place
              <li key={at}>{clean(textField(option, 'label') ?? pretty(option, 0))}</li>
            ))}
          </ul>
        </div>
      ))}
      <Answer tool={tool} label="Answer" />
    </>
  );
}

/** Arguments as a list where they are short, and the answer. */
export function GenericDetail({ tool }: DetailProps) {
  return (
    <>
      {tool.input !== undefined && tool.input !== null && (
        <Code text={pretty(tool.input)} language="json" label="Input" />
      )}
      <Answer tool={tool} />
    </>
  );
}

export function ShellDetail({ tool }: DetailProps) {
  const code = numberField(tool.result?.detail, 'exitCode');
  return (
    <>
      {code !== undefined && <p className="text-muted-foreground text-xs">Exit code {code}</p>}
      <Answer tool={tool} />
    </>
  );
}

import { Check, Circle, CircleDot } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import type { Task, TodoItem } from '@/api/types';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { compactNumber, number, percent, plural, usd } from '@/lib/format';
import { CopyButton } from '@/ui/copy-button';
import { Counts } from '../diff/counts';
import { filesChanged } from '../model/files';
import type { RunState } from '../model/fold';
import { splitPath } from '../model/text';
import type { Usage } from '../model/types';
import { allTokens } from '../page/spent';

type RailProps = { task: Task; run: RunState | undefined; spent: Usage; onEvent: (seq: number) => void };

/** What one wants to know without reading: how far, how much, which files. */
export function Rail({ task, run, spent, onEvent }: RailProps) {
  return (
    <div className="space-y-6 text-sm">
      {run && run.todos.length > 0 && <Todos todos={run.todos} />}
      <Cost task={task} spent={spent} />
      {run && <Files run={run} onEvent={onEvent} />}
      <Section title="Task">
        <div className="flex items-center justify-between gap-2">
          <code className="min-w-0 truncate font-mono text-muted-foreground text-xs">{task.id}</code>
          <CopyButton text={task.id} label="Copy id" />
        </div>
        {task.tags.length > 0 && (
          <ul className="mt-1 flex flex-wrap gap-1">
            {task.tags.map((tag) => (
              <li key={tag} className="rounded border px-1.5 text-muted-foreground text-xs">
                {clean(tag)}
              </li>
            ))}
          </ul>
        )}
      </Section>
    </div>
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-2 flex items-baseline justify-between gap-2 font-medium">
        {title}
        {aside && <span className="font-normal text-muted-foreground text-xs tabular-nums">{aside}</span>}
      </h2>
      {children}
    </section>
  );
}

const MARKS = {
  completed: { icon: Check, word: 'done', look: 'text-muted-foreground', mark: 'text-success' },
  in_progress: { icon: CircleDot, word: 'now', look: 'font-medium', mark: 'text-running' },
  pending: { icon: Circle, word: 'to do', look: '', mark: 'text-muted-foreground/60' },
} as const;

function Todos({ todos }: { todos: readonly TodoItem[] }) {
  const done = todos.filter(({ status }) => status === 'completed').length;
  return (
    <Section title="Progress" aside={`${done}/${todos.length}`}>
      <Bar share={done / todos.length} className="bg-success" label={`${done} of ${todos.length} done`} />
      <ol className="mt-2.5 space-y-1.5">
        {todos.map((todo) => {
          const { icon: Icon, word, look, mark } = MARKS[todo.status] ?? MARKS.pending;
          return (
            <li
              key={todo.id}
              className={cn('flex gap-2', look)}
              aria-current={todo.status === 'in_progress' ? 'step' : undefined}
            >
              <Icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', mark)} />
              <span className="sr-only">{word}: </span>
              <span className="min-w-0">{clean(todo.subject)}</span>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

function Bar({ share, className, label }: { share: number; className: string; label: string }) {
  const part = Math.min(1, Math.max(0, share));
  return (
    <div role="img" aria-label={label} className="h-1.5 overflow-hidden rounded-full bg-muted">
      <div className={cn('h-full rounded-full transition-[width]', className)} style={{ width: `${part * 100}%` }} />
    </div>
  );
}

function Cost({ task, spent }: { task: Task; spent: Usage }) {
  const { tokens, costMicros } = spent;
  const budget = task.spec?.budget_usd_micros ?? null;
  const all = allTokens(tokens);
  if (all === 0 && costMicros === 0 && budget === null) return null;
  const read = (tokens.input_tokens ?? 0) + (tokens.cache_read_tokens ?? 0) + (tokens.cache_creation_tokens ?? 0);
  const share = budget === null ? 0 : costMicros / budget;
  return (
    <Section title="Cost" aside={budget === null ? undefined : `of ${usd(budget)}`}>
      <p className="font-semibold text-lg tabular-nums">{usd(costMicros)}</p>
      {budget !== null && (
        <Bar
          share={share}
          className={share >= 0.9 ? 'bg-danger' : share >= 0.7 ? 'bg-warning' : 'bg-primary'}
          label={`${percent(share)} of the budget`}
        />
      )}
      <dl className="mt-2 grid grid-cols-[1fr_auto] gap-y-0.5 text-muted-foreground text-xs tabular-nums [&>dd]:text-right">
        <dt>Read by the model</dt>
        <dd title={number(read)}>{compactNumber(read)}</dd>
        {read > 0 && (
          <>
            <dt>of it from the cache</dt>
            <dd>{percent((tokens.cache_read_tokens ?? 0) / read)}</dd>
          </>
        )}
        <dt>Written by the model</dt>
        <dd title={number(tokens.output_tokens ?? 0)}>{compactNumber(tokens.output_tokens ?? 0)}</dd>
      </dl>
    </Section>
  );
}

const SHOWN = 12;

function Files({ run, onEvent }: { run: RunState; onEvent: (seq: number) => void }) {
  const files = useMemo(() => filesChanged(run), [run]);
  if (files.length === 0) return null;
  return (
    <Section title="Files changed" aside={files.length}>
      <ul className="-mx-1.5">
        {files.slice(0, SHOWN).map((file) => {
          const { directory, name } = splitPath(file.path);
          return (
            <li key={file.path}>
              <button
                type="button"
                title={clean(file.path)}
                onClick={() => onEvent(file.seq)}
                className="flex min-h-7 w-full items-center gap-2 rounded-md px-1.5 text-left hover:bg-muted"
              >
                <span className="min-w-0 flex-1 truncate font-mono text-xs" dir="ltr">
                  <span className="text-muted-foreground">{clean(shortened(directory))}</span>
                  {clean(name)}
                </span>
                <Counts added={file.added} removed={file.removed} />
              </button>
            </li>
          );
        })}
      </ul>
      {files.length > SHOWN && (
        <p className="mt-1 text-muted-foreground text-xs">
          and {plural(files.length - SHOWN, 'more file', 'more files')}
        </p>
      )}
    </Section>
  );
}

/** `crates/store/src/` is `…/src/` where room is short. */
const shortened = (directory: string) =>
  directory.length <= 18 ? directory : `…/${directory.split('/').slice(-2, -1)[0] ?? ''}/`;

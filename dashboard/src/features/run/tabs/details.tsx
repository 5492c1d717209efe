import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { bytes, duration, plural, usd } from '@/lib/format';
import { CopyButton } from '@/ui/copy-button';
import { PRIORITIES, REASONS } from '@/ui/reasons';
import { Time } from '@/ui/time';
import { artifactsQuery } from '../api';
import { Code } from '../highlight/code';
import type { RunState } from '../model/fold';
import { pretty } from '../model/text';
import { attemptOf } from '../page/spent';
import { Markdown } from '../text/markdown';

/** What was asked for, what came of it, and under which limits. */
export default function Details({ task, run }: { task: Task; run: RunState }) {
  const { spec, result } = task;
  return (
    <div className="max-w-3xl space-y-8 p-4 md:px-8 md:py-6">
      {task.reason && (
        <Section title="Why it failed">
          <p className="font-medium text-danger">{REASONS[task.reason]}</p>
          {task.remedy && (
            <div className="mt-1 text-muted-foreground">
              <Markdown text={task.remedy} />
            </div>
          )}
        </Section>
      )}
      {result?.text && (
        <Section title="Answer" aside={<CopyButton text={result.text} label="Copy the answer" />}>
          <Markdown text={result.text} />
        </Section>
      )}
      {result?.structured_output !== undefined && result.structured_output !== null && (
        <Section title="Structured answer">
          <Code text={pretty(result.structured_output)} language="json" />
        </Section>
      )}
      {spec && (
        <Section title="Prompt" aside={<CopyButton text={spec.prompt} label="Copy the prompt" />}>
          <p className="whitespace-pre-wrap rounded-lg border bg-card p-3">{clean(spec.prompt)}</p>
        </Section>
      )}
      <Section title="Task">
        <dl className="grid grid-cols-[9rem_minmax(0,1fr)] gap-y-1.5 text-sm">
          <Fact name="Id">
            <code className="font-mono text-xs">{task.id}</code>
          </Fact>
          {spec?.repository && <Fact name="Repository">{clean(spec.repository.url)}</Fact>}
          {spec?.repository?.ref && <Fact name="Ref">{clean(spec.repository.ref)}</Fact>}
          <Fact name="Model">{clean(spec?.model ?? 'the default')}</Fact>
          <Fact name="Priority">{PRIORITIES[task.priority].word}</Fact>
          {task.tags.length > 0 && <Fact name="Tags">{clean(task.tags.join(', '))}</Fact>}
          {spec && <Fact name="Time limit">{duration(spec.timeout_s * 1000)} a run</Fact>}
          {typeof spec?.budget_usd_micros === 'number' && <Fact name="Budget">{usd(spec.budget_usd_micros)}</Fact>}
          {typeof spec?.max_turns === 'number' && <Fact name="Turns">at most {spec.max_turns}</Fact>}
          <Fact name="Runs">{attemptOf(task)}</Fact>
          <Fact name="Events">{plural(run.lastSeq, 'event')}</Fact>
          <Fact name="Created">
            <Time at={task.created_at} focusable />
          </Fact>
          {task.started_at && (
            <Fact name="Started">
              <Time at={task.started_at} focusable />
            </Fact>
          )}
          {task.ended_at && (
            <Fact name="Ended">
              <Time at={task.ended_at} focusable />
            </Fact>
          )}
        </dl>
      </Section>
      <Walls run={run} />
      <Artifacts id={task.id} />
    </div>
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <div className="mb-2 flex min-h-7 items-center justify-between gap-2">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

const WALLS = {
  own_user: 'runs as a user of its own',
  cleared_environment: 'sees none of the runner’s environment',
  key_outside: 'never has the model key',
  closed_network: 'reaches no network but the model',
} as const;

/** Which walls stood between the agent and its runner. */
function Walls({ run }: { run: RunState }) {
  const started = run.events.findLast((event) => event.type === 'run_started');
  if (started?.type !== 'run_started') return null;
  const walls = Object.entries(WALLS) as [keyof typeof WALLS, string][];
  return (
    <Section title="Sandbox">
      <ul className="space-y-1 text-sm">
        {walls.map(([name, words]) => (
          <li key={name} className={started.isolation?.[name] ? undefined : 'text-muted-foreground'}>
            {started.isolation?.[name] ? '✓ The agent ' : '✗ Not here: '}
            {words}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Artifacts({ id }: { id: string }) {
  const { data } = useQuery(artifactsQuery(id));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Section title="Files">
      <ul className="divide-y rounded-lg border bg-card">
        {data.items.map((file) => (
          <li key={`${file.attempt}/${file.name}`} className="flex items-center gap-3 px-3 py-1.5 text-sm">
            <a
              href={file.url}
              download={file.name}
              rel="noreferrer"
              className="flex min-h-7 min-w-0 items-center gap-2 hover:underline"
            >
              <Download aria-hidden className="size-4 shrink-0 text-muted-foreground" />
              <span className="truncate">{clean(file.name)}</span>
            </a>
            <span className="ml-auto shrink-0 text-muted-foreground text-xs tabular-nums">
              {bytes(file.size_bytes)} · run {file.attempt}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

import { Link } from '@tanstack/react-router';
import { CheckCheck, ChevronLeft, PanelRight, RotateCw, Square } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useRole } from '@/api/me';
import type { Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { compactNumber, duration, repositoryName, usd } from '@/lib/format';
import { useSeconds } from '@/lib/use-now';
import { Button } from '@/ui/button';
import { REASONS } from '@/ui/reasons';
import { isTerminal, StateChip } from '@/ui/state-chip';
import { Time } from '@/ui/time';
import { Tooltip } from '@/ui/tooltip';
import type { Usage } from '../model/types';
import { allTokens, attemptOf, timeOf } from '../page/spent';
import type { RunHandle } from '../use-run';
import { useTaskActions } from './actions';
import { More } from './more';

const ConfirmDialog = lazy(() => import('@/ui/confirm-dialog').then((module) => ({ default: module.ConfirmDialog })));

type HeaderProps = { task: Task; spent: Usage; handle: RunHandle; onRail: () => void };

/** How the task stands, what it is about, and what can be done to it. */
export function Header({ task, spent, handle, onRail }: HeaderProps) {
  return (
    <header className="px-4 pt-3 pb-2 md:px-8 md:pt-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link
          to="/tasks"
          aria-label="All tasks"
          className="-ml-2 grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground hover:bg-muted hover:text-foreground"
        >
          <ChevronLeft aria-hidden className="size-5" />
        </Link>
        <StateChip state={task.state} canceling={task.cancel_requested} />
        <Numbers task={task} spent={spent} />
        <div className="ml-auto flex items-center gap-1.5">
          <Actions task={task} handle={handle} />
          <Button variant="ghost" size="icon" className="lg:hidden" aria-label="Progress and files" onClick={onRail}>
            <PanelRight aria-hidden />
          </Button>
        </div>
      </div>
      <h1 className="mt-1.5 line-clamp-2 font-semibold text-xl tracking-tight">{clean(task.title)}</h1>
      <Facts task={task} />
    </header>
  );
}

/** Cost, tokens, time: the time ticks while there is something to time. */
function Numbers({ task, spent }: { task: Task; spent: Usage }) {
  const now = useSeconds(!isTerminal(task.state) && task.started_at !== null && task.started_at !== undefined);
  const time = timeOf(task, now);
  const tokens = allTokens(spent.tokens);
  const facts: [string, string][] = [];
  if (spent.costMicros > 0) facts.push(['Cost', usd(spent.costMicros)]);
  if (tokens > 0) facts.push(['Tokens', `${compactNumber(tokens)} tokens`]);
  if (time !== null) facts.push(['Time', duration(time)]);
  return (
    <dl className="flex flex-wrap gap-x-3 text-muted-foreground text-sm tabular-nums max-sm:order-last max-sm:basis-full">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="sr-only">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const FACT = "after:ml-2 after:font-normal after:text-muted-foreground after:content-['·']";

function Facts({ task }: { task: Task }) {
  const { repository, model } = task.spec ?? {};
  const facts: ReactNode[] = [];
  if (repository) facts.push(clean(repositoryName(repository.url)));
  if (repository?.ref) facts.push(clean(repository.ref));
  if (model) facts.push(clean(model));
  if (task.demo_model) facts.push('scripted demo model');
  if (task.attempt > 1) facts.push(`run ${attemptOf(task)}`);
  return (
    <p className="mt-1 flex flex-wrap gap-x-2 text-muted-foreground text-sm">
      {task.reason && task.state === 'failed' && (
        <span className={cn('font-medium text-danger', FACT)}>{REASONS[task.reason]}</span>
      )}
      {facts.map((fact, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: facts are known by their place
        <span key={index} className={FACT}>
          {fact}
        </span>
      ))}
      <span>
        created <Time at={task.created_at} focusable />
      </span>
    </p>
  );
}

function Actions({ task, handle }: { task: Task; handle: RunHandle }) {
  const actions = useTaskActions(task);
  const [isAsking, setAsking] = useState(false);
  const mayWrite = useRole() !== 'viewer';
  const isOver = isTerminal(task.state);
  const hasFailed = task.state === 'failed' || task.state === 'canceled';
  return (
    <>
      {mayWrite && !isOver && (
        <Button variant="danger" size="sm" disabled={task.cancel_requested === true} onClick={() => setAsking(true)}>
          <Square aria-hidden />
          {task.cancel_requested ? 'Canceling' : 'Cancel'}
        </Button>
      )}
      {mayWrite && hasFailed && (
        <Button variant="outline" size="sm" busy={actions.retry.isPending} onClick={() => actions.retry.mutate()}>
          <RotateCw aria-hidden />
          Retry
        </Button>
      )}
      {mayWrite && isOver && !task.reviewed_at && (
        <Tooltip label="Take it off the list of what needs review">
          <Button variant="outline" size="sm" busy={actions.review.isPending} onClick={() => actions.review.mutate()}>
            <CheckCheck aria-hidden />
            <span className="max-sm:sr-only">Reviewed</span>
          </Button>
        </Tooltip>
      )}
      <More task={task} handle={handle} actions={actions} mayWrite={mayWrite} />
      {isAsking && (
        <Suspense>
          <ConfirmDialog
            open
            onOpenChange={setAsking}
            title="Cancel this task?"
            description="The agent is stopped. What it did so far is kept, and its cost stays spent."
            confirm="Cancel task"
            dismiss="Let it go on"
            danger
            onConfirm={() => {
              setAsking(false);
              actions.cancel.mutate();
            }}
          />
        </Suspense>
      )}
    </>
  );
}

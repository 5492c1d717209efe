import { Link } from '@tanstack/react-router';
import { GitBranch } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import type { Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { duration, repositoryName, usd } from '@/lib/format';
import { useSeconds } from '@/lib/use-now';
import { Checkbox } from '@/ui/checkbox';
import { PRIORITIES, REASONS, WAIT_REASONS } from '@/ui/reasons';
import { isTerminal, StateChip } from '@/ui/state-chip';
import { Time } from '@/ui/time';

interface TaskRowProps {
  task: Task;
  selected: boolean;
  /** `range` where Shift was held. */
  onSelect: (id: string, range: boolean) => void;
}

export const rowSelector = (id: string) => `[data-task-row="${CSS.escape(id)}"]`;

/** One task. The whole row is the link; what can be pressed by itself lies above it. */
export const TaskRow = memo(function TaskRow({ task, selected, onSelect }: TaskRowProps) {
  const withShift = (event: MouseEvent) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    onSelect(task.id, true);
  };
  return (
    <li
      className={cn(
        'group relative grid grid-cols-[1rem_minmax(0,1fr)_auto] items-center gap-x-3 border-b px-4 py-3 max-md:gap-y-1 [contain-intrinsic-size:auto_3.75rem] [content-visibility:auto] hover:bg-muted/60 md:grid-cols-[1rem_6.75rem_minmax(0,1fr)_4rem_4.5rem] md:gap-x-4 md:px-8 lg:grid-cols-[1rem_6.75rem_minmax(0,1fr)_4.5rem_4rem_4.5rem] xl:grid-cols-[1rem_6.75rem_minmax(0,1fr)_4.5rem_4.5rem_4rem_4.5rem] in-data-[density=compact]:py-1.5',
        selected && 'bg-primary/6 hover:bg-primary/10',
      )}
    >
      <Checkbox
        className="z-10 max-md:row-span-2"
        aria-label={`Select ${clean(task.title)}`}
        checked={selected}
        onChange={({ nativeEvent }) => onSelect(task.id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
      />
      <StateChip
        state={task.state}
        canceling={task.cancel_requested}
        className="justify-self-start max-md:col-start-3 max-md:justify-self-end max-md:row-start-1"
      />
      <div className="min-w-0 max-md:col-start-2 max-md:row-span-2 max-md:row-start-1">
        <Link
          to="/tasks/$taskId"
          params={{ taskId: task.id }}
          data-task-row={task.id}
          onClick={withShift}
          className="block truncate font-medium outline-none after:absolute after:inset-0 after:content-[''] focus-visible:after:outline-2 focus-visible:after:outline-ring focus-visible:after:-outline-offset-2"
        >
          {clean(task.title)}
        </Link>
        <Details task={task} />
      </div>
      <Todos todos={task.todos} />
      <RunTime task={task} />
      <span className="text-right text-muted-foreground text-sm tabular-nums max-md:hidden">
        {task.usage.cost_usd_micros ? usd(task.usage.cost_usd_micros) : ''}
      </span>
      <Time
        at={task.created_at}
        className="z-10 justify-self-end text-muted-foreground text-sm tabular-nums max-md:col-start-3 max-md:row-start-2 max-md:text-xs"
      />
    </li>
  );
});

function Details({ task }: { task: Task }) {
  return (
    // What has no room is left out whole: it wraps to where nobody sees it.
    <p className="flex h-5 flex-wrap items-center gap-x-2 overflow-hidden whitespace-nowrap text-muted-foreground text-sm">
      {task.reason && task.state === 'failed' && <span className="text-danger">{REASONS[task.reason]}</span>}
      {task.wait && (
        <span>
          {WAIT_REASONS[task.wait.reason]}
          {task.wait.position ? ` (${task.wait.position}${task.wait.more ? '+' : ''})` : ''}
        </span>
      )}
      {task.priority !== 'normal' && <span className="text-foreground">{PRIORITIES[task.priority].word}</span>}
      {task.repository && <span>{clean(repositoryName(task.repository))}</span>}
      {task.ref && (
        <span className="inline-flex items-center gap-1">
          <GitBranch aria-hidden className="size-3.5" />
          {clean(task.ref)}
        </span>
      )}
      {task.model && <span className="max-md:hidden">{clean(task.model)}</span>}
      {task.attempt > 1 && <span>run {task.attempt}</span>}
      {task.tags.map((tag) => (
        <span key={tag} className="rounded-sm bg-muted px-1.5 text-xs leading-5">
          {clean(tag)}
        </span>
      ))}
      {task.demo_model && <span className="truncate">demo model</span>}
    </p>
  );
}

function Todos({ todos }: { todos: Task['todos'] }) {
  if (!todos || todos.total === 0) return <span className="max-xl:hidden" />;
  return (
    <span className="flex items-center gap-2 text-muted-foreground text-xs tabular-nums max-xl:hidden">
      <span className="h-1 min-w-0 flex-1 overflow-hidden rounded-full bg-border">
        <span className="block h-full bg-primary" style={{ width: `${(todos.done / todos.total) * 100}%` }} />
      </span>
      <span>
        {todos.done}/{todos.total}
        <span className="sr-only"> todos done</span>
      </span>
    </span>
  );
}

function RunTime({ task }: { task: Task }) {
  const runs = task.started_at != null && !isTerminal(task.state);
  const now = useSeconds(runs);
  const end = runs ? now : task.ended_at ? Date.parse(task.ended_at) : undefined;
  const ms = task.started_at && end ? Math.max(0, end - Date.parse(task.started_at)) : undefined;
  return (
    <span className="text-right text-muted-foreground text-sm tabular-nums max-lg:hidden">
      {ms === undefined ? '' : duration(runs ? Math.floor(ms / 1000) * 1000 : ms)}
    </span>
  );
}

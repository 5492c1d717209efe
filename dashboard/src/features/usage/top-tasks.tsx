import { Link } from '@tanstack/react-router';
import type { UsageReport } from '@/api/types';
import { clean } from '@/lib/clean';
import { usd } from '@/lib/format';
import { STATES } from '@/ui/state-chip';
import { Time } from '@/ui/time';

/** What cost most, so that it can be looked into. */
export function TopTasks({ tasks }: { tasks: UsageReport['top_tasks'] }) {
  const most = Math.max(1, ...tasks.map((task) => task.cost_usd_micros));
  return (
    <ol className="divide-y">
      {tasks.map((task) => (
        <li key={task.id}>
          <Link
            to="/tasks/$taskId"
            params={{ taskId: task.id }}
            className="grid grid-cols-[minmax(0,1fr)_8.5rem] items-center gap-x-4 px-5 py-2.5 hover:bg-muted focus-visible:-outline-offset-2"
          >
            <span className="truncate font-medium">{clean(task.title)}</span>
            <span className="text-right tabular-nums">{usd(task.cost_usd_micros)}</span>
            <span aria-hidden className="mt-1 h-1 overflow-hidden rounded-full bg-muted">
              <span
                className="block h-full rounded-full bg-chart-1"
                style={{ width: `${(task.cost_usd_micros / most) * 100}%` }}
              />
            </span>
            <span className="mt-1 flex items-center justify-end gap-2 text-muted-foreground text-xs">
              {STATES[task.state].word} <Time at={task.ended_at} />
            </span>
          </Link>
        </li>
      ))}
    </ol>
  );
}

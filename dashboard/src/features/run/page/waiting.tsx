import { Hourglass } from 'lucide-react';
import type { Task } from '@/api/types';
import { dateTime, duration, number } from '@/lib/format';
import { useSeconds } from '@/lib/use-now';
import { EmptyState } from '@/ui/empty-state';
import { WAIT_REASONS } from '@/ui/reasons';
import { STATES } from '@/ui/state-chip';

/** Why a task has not begun, and for how long that will be so. */
export function Waiting({ task }: { task: Task }) {
  const now = useSeconds(true);
  const { wait } = task;
  const until = wait?.until ?? task.not_before;
  const left = until ? Date.parse(until) - now : null;
  const since = duration(now - Date.parse(task.created_at));
  return (
    <EmptyState icon={task.state === 'starting' ? STATES.starting.icon : Hourglass} title={titleOf(task)}>
      {typeof wait?.position === 'number' && (
        <p>
          Place {number(wait.position)}
          {wait.more && ' or later'} in the queue
        </p>
      )}
      {typeof wait?.estimate_s === 'number' && <p>Starts {soon(wait.estimate_s)}</p>}
      {left !== null && left > 0 && until && (
        <p>
          In {duration(left)}, at <time dateTime={until}>{dateTime(until)}</time>
        </p>
      )}
      <p className="mt-1 text-xs tabular-nums">Handed in {since} ago</p>
    </EmptyState>
  );
}

/** It is an estimate: seconds would say more than is known. */
const soon = (seconds: number) => (seconds < 60 ? 'within a minute' : `in about ${duration(seconds * 1000)}`);

function titleOf(task: Task): string {
  if (task.wait) return WAIT_REASONS[task.wait.reason];
  if (task.state === 'starting') return 'Its runner starts';
  return task.state === 'scheduled' ? WAIT_REASONS.not_before : 'Waits in the queue';
}

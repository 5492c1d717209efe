import type { Task, TaskFilter } from '@/api/types';
import { download, toCsv } from '@/lib/csv';
import { readTasks } from '../api';

export const MOST_EXPORTED = 1000;

const COLUMNS = [
  'id',
  'title',
  'state',
  'reason',
  'priority',
  'tags',
  'repository',
  'ref',
  'model',
  'created_at',
  'started_at',
  'ended_at',
  'attempt',
  'cost_usd',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
] as const;

export function tasksToCsv(tasks: readonly Task[]): string {
  return toCsv(
    COLUMNS,
    tasks.map((task) => [
      task.id,
      task.title,
      task.state,
      task.reason,
      task.priority,
      task.tags.join(' '),
      task.repository,
      task.ref,
      task.model,
      task.created_at,
      task.started_at,
      task.ended_at,
      task.attempt,
      (task.usage.cost_usd_micros ?? 0) / 1e6,
      task.usage.input_tokens,
      task.usage.output_tokens,
      task.usage.cache_read_tokens,
      task.usage.cache_creation_tokens,
    ]),
  );
}

export function saveTasks(tasks: readonly Task[], format: 'csv' | 'json'): void {
  const name = `errand-tasks-${new Date().toISOString().slice(0, 10)}.${format}`;
  if (format === 'csv') download(name, tasksToCsv(tasks), 'text/csv');
  else download(name, `${JSON.stringify(tasks, null, 2)}\n`, 'application/json');
}

/** All that a filter finds, up to `MOST_EXPORTED`, newest first. */
export async function readAll(filter: TaskFilter): Promise<{ tasks: Task[]; more: boolean }> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const page = await readTasks({ ...filter, limit: 100 }, cursor);
    tasks.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && tasks.length < MOST_EXPORTED);
  return { tasks: tasks.slice(0, MOST_EXPORTED), more: cursor !== undefined };
}

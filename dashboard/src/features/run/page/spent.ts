import type { Task, Tokens } from '@/api/types';
import { type RunState, usageOf } from '../model/fold';
import type { Usage } from '../model/types';

/**
 * What was spent so far. The task knows what its runs reported at its last change, the log what the current run said
 * last; neither ever says too much.
 */
export function spentOf(task: Task, run: RunState | undefined): Usage {
  const told = task.usage;
  const counted = run === undefined ? undefined : usageOf(run);
  const most = (name: keyof Tokens) => Math.max(told[name] ?? 0, counted?.tokens[name] ?? 0);
  return {
    costMicros: Math.max(told.cost_usd_micros ?? 0, counted?.costMicros ?? 0),
    tokens: {
      input_tokens: most('input_tokens'),
      output_tokens: most('output_tokens'),
      cache_read_tokens: most('cache_read_tokens'),
      cache_creation_tokens: most('cache_creation_tokens'),
    },
  };
}

/** Only the tokens: what a run reports has its cost and its turns beside them. */
export const allTokens = (tokens: Partial<Tokens>): number =>
  (tokens.input_tokens ?? 0) +
  (tokens.output_tokens ?? 0) +
  (tokens.cache_read_tokens ?? 0) +
  (tokens.cache_creation_tokens ?? 0);

/** Which attempt this is. By hand a task is tried more often than it would by itself. */
export const attemptOf = ({ attempt, max_attempts: most }: Pick<Task, 'attempt' | 'max_attempts'>): string =>
  attempt > most ? `${attempt}` : `${attempt} of at most ${most}`;

/** Milliseconds that a task has worked, or waited where it has not begun. */
export function timeOf(task: Task, now: number): number | null {
  const from = task.started_at ?? null;
  if (from === null) return null;
  return Math.max(0, (task.ended_at ? Date.parse(task.ended_at) : now) - Date.parse(from));
}

import type { Priority, Reason, WaitReason } from '@/api/types';

/** Why a run failed, in few words. What to do about it comes from the API (`remedy`). */
export const REASONS: Record<Reason, string> = {
  timeout: 'Ran out of time',
  idle: 'Fell silent',
  budget: 'Reached its budget',
  max_turns: 'Reached its turns',
  oom: 'Ran out of memory',
  lost: 'Runner lost',
  start_timeout: 'Did not start in time',
  no_result: 'Ended without a result',
  agent_error: 'Agent error',
  model_error: 'Model error',
  model_auth: 'Model key refused',
  refused: 'Refused by the model',
  crashed: 'Crashed',
  clone_failed: 'Repository not cloned',
  internal: 'Internal error',
};

/** Why a task has not started. */
export const WAIT_REASONS: Record<WaitReason, string> = {
  slots: 'Waits for a free slot',
  user_limit: 'Waits for your other tasks',
  not_before: 'Waits for its time',
  backoff: 'Waits before the next attempt',
  paused: 'The queue is paused',
};

export const PRIORITIES: Record<Priority, { word: string; rank: number }> = {
  urgent: { word: 'Urgent', rank: 0 },
  high: { word: 'High', rank: 1 },
  normal: { word: 'Normal', rank: 2 },
  low: { word: 'Low', rank: 3 },
};

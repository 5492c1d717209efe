import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type BulkProgress, type BulkTarget, NOTHING_YET, runBulk } from '@/api/bulk';
import { type ProblemError, toProblem } from '@/api/problem';
import { taskKeys } from '@/api/tasks';
import type { BulkAction } from '@/api/types';

export interface BulkState {
  phase: 'idle' | 'running' | 'stopped' | 'failed' | 'done';
  progress: BulkProgress;
  problem?: ProblemError;
}

/** Changes many, piece by piece. It ends with the component: no dialog, no more calls. */
export function useBulk(action: BulkAction) {
  const client = useQueryClient();
  const [state, setState] = useState<BulkState>({ phase: 'idle', progress: NOTHING_YET });
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  async function go(target: BulkTarget) {
    const controller = new AbortController();
    const { signal } = controller;
    stop.current = controller;
    let progress = state.progress;
    setState({ phase: 'running', progress });
    try {
      for await (progress of runBulk(action, target, signal, progress)) setState({ phase: 'running', progress });
      setState({ phase: progress.done ? 'done' : 'stopped', progress });
    } catch (error) {
      setState(
        signal.aborted ? { phase: 'stopped', progress } : { phase: 'failed', progress, problem: toProblem(error) },
      );
    }
    void client.invalidateQueries({ queryKey: taskKeys.lists });
    void client.invalidateQueries({ queryKey: taskKeys.counts });
  }

  return { state, go: (target: BulkTarget) => void go(target), stop: () => stop.current?.abort() };
}

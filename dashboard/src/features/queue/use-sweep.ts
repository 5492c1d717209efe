import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type BulkFilter, type BulkProgress, NOTHING_YET, runBulk } from '@/api/bulk';
import { type ProblemError, toProblem } from '@/api/problem';
import type { Sweep } from './sweep';

export interface SweepState {
  phase: 'idle' | 'running' | 'stopped' | 'failed' | 'done';
  progress: BulkProgress;
  problem: ProblemError | undefined;
}

const IDLE: SweepState = { phase: 'idle', progress: NOTHING_YET, problem: undefined };

/** Runs a sweep piece by piece. It ends with the component: no page, no more calls. */
export function useSweep(action: Sweep) {
  const client = useQueryClient();
  const [state, setState] = useState<SweepState>(IDLE);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  async function go(filter: BulkFilter) {
    const controller = new AbortController();
    const { signal } = controller;
    stop.current = controller;
    let progress = state.progress;
    setState({ phase: 'running', progress, problem: undefined });
    try {
      for await (progress of runBulk(action, { filter, scope: 'all' }, signal, progress)) {
        setState({ phase: 'running', progress, problem: undefined });
      }
      setState({ phase: progress.done ? 'done' : 'stopped', progress, problem: undefined });
    } catch (error) {
      setState({ phase: signal.aborted ? 'stopped' : 'failed', progress, problem: toProblem(error) });
    }
    void client.invalidateQueries({ queryKey: ['queue'] });
    void client.invalidateQueries({ queryKey: ['tasks'] });
  }

  return { ...state, go, stop: () => stop.current?.abort() };
}

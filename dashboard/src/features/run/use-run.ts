import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { patchTask, taskKeys } from '@/api/tasks';
import type { Task } from '@/api/types';
import { live } from '@/live/live';
import { RunSync } from '@/live/run-sync';
import { isTerminal } from '@/ui/state-chip';
import { PAGE, readEvents, runQuery } from './api';
import { applyEvents, prependEvents, type RunState } from './model/fold';
import { shed } from './model/memory';
import type { RunEvent } from './model/types';

/** A longer log is not read whole: its end, and what is asked for. */
const WHOLE = 20_000;
/** How often what takes too much memory is looked for. */
const SHED_EACH = 500;
const AGAIN_MS = 3_000;

export type Seen = { from: number; to: number };

export type RunHandle = {
  run: RunState | undefined;
  isPending: boolean;
  error: Error | null;
  refetch: () => void;
  /** Reads back to an event that lies before what is loaded. */
  reach: (seq: number) => Promise<void>;
  /** What the reader looks at: it is not put away. */
  seen: { current: Seen };
};

type Sync = RunSync<RunState, RunEvent>;

/** The log of a task, kept whole while the page is open, and live while the task is. */
export function useRun(task: Task): RunHandle {
  const { id, head } = task;
  const queryClient = useQueryClient();
  const query = useQuery(runQuery(id));
  const seen = useRef<Seen>({ from: 0, to: 0 });
  const sync = useRef<Sync | null>(null);
  const isReady = query.isSuccess;
  // The head of a log that is still written moves all the time, and does not make it be followed anew.
  const end = isTerminal(task.state) ? head : null;

  useEffect(() => {
    if (!isReady) return;
    const made = start(queryClient, id, seen);
    sync.current = made;
    const idle = whenIdle(() => void readOlder(made, id, 1));
    return () => {
      idle();
      made.stop();
      sync.current = null;
    };
  }, [queryClient, id, isReady]);

  useEffect(() => {
    const made = sync.current;
    if (!isReady || made === null) return;
    if (end !== null) return finish(made, end);
    return live.follow(`task:${id}`, {
      opened: () => {
        made.opened();
        // What became of the task since it was read was told to nobody.
        void queryClient.invalidateQueries({ queryKey: taskKeys.detail(id) });
      },
      events: (events) => made.events(events),
      head: (seq) => made.head(seq),
      task: (told) => void patchTask(queryClient, told),
      poll: () => {
        void made.fill();
        void queryClient.invalidateQueries({ queryKey: taskKeys.detail(id) });
      },
    });
  }, [queryClient, id, isReady, end]);

  const reach = useCallback(
    async (seq: number) => {
      if (sync.current !== null) await readOlder(sync.current, id, seq, Number.POSITIVE_INFINITY);
    },
    [id],
  );
  const { data, isPending, error, refetch } = query;
  return useMemo(
    () => ({ run: data, isPending, error, refetch: () => void refetch(), reach, seen }),
    [data, isPending, error, refetch, reach],
  );
}

/** Its last event came before its last state: one more reading, repeated if it fails, and nothing follows. */
function finish(sync: Sync, head: number): () => void {
  void sync.fill();
  const timer = setInterval(() => {
    if (sync.state.lastSeq >= head) clearInterval(timer);
    else void sync.fill();
  }, AGAIN_MS);
  return () => clearInterval(timer);
}

function start(queryClient: QueryClient, id: string, seen: { current: Seen }): Sync {
  const { queryKey } = runQuery(id);
  let looked = 0;
  const apply = (state: RunState, events: readonly RunEvent[]) => {
    const next = applyEvents(state, events);
    if (Math.abs(next.events.length - looked) < SHED_EACH) return next;
    looked = next.events.length;
    return shed(next, seen.current);
  };
  const read = (after: number) => readEvents(id, { after, limit: PAGE });
  const emit = (state: RunState) => queryClient.setQueryData(queryKey, state);
  const state = queryClient.getQueryData(queryKey);
  if (state === undefined) throw new Error('the log is read before it is followed');
  return new RunSync(state, { apply, read, emit });
}

const reading = new WeakMap<Sync, Promise<void>>();

/** Reads pages before the ones that are loaded until `seq` is among them. All are put in place together. */
async function readOlder(sync: Sync, id: string, seq: number, most = WHOLE): Promise<void> {
  await reading.get(sync);
  const made = readPages(sync, id, seq, most).finally(() => reading.delete(sync));
  reading.set(sync, made);
  return made;
}

async function readPages(sync: Sync, id: string, seq: number, most: number): Promise<void> {
  const pages: (readonly RunEvent[])[] = [];
  let first = sync.state.firstSeq;
  let count = sync.state.events.length;
  try {
    while (first > seq && count < most) {
      const { events } = await readEvents(id, { before: first, limit: PAGE });
      const oldest = events[0];
      if (oldest === undefined) break;
      pages.unshift(events);
      first = oldest.seq;
      count += events.length;
    }
  } catch {
    // What was read so far is good; the rest is read when it is asked for.
  }
  if (pages.length > 0) sync.replace((state) => prependEvents(state, pages.flat()));
}

function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(run, 200);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: 1_000 });
  return () => cancelIdleCallback(handle);
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Lock, SearchX } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { toProblem } from '@/api/problem';
import { taskQuery } from '@/api/tasks';
import type { Task } from '@/api/types';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Loading, Skeleton } from '@/ui/skeleton';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/ui/tabs';
import { artifactsQuery, runsQuery } from '../api';
import { Header } from '../header/header';
import { filesChanged } from '../model/files';
import { Rail } from '../rail/rail';
import '../run.css';
import { useRun } from '../use-run';
import { Activity } from './activity';
import { Announcer } from './announcer';
import { ReconnectBanner } from './banner';
import type { TaskTab } from './search';
import { spentOf } from './spent';
import { useEndNotice } from './use-end-notice';
import { useNeighbourKeys } from './use-neighbour-keys';
import { useTitle } from './use-title';

const Changes = lazy(() => import('../tabs/changes'));
const Runs = lazy(() => import('../tabs/runs'));
const Details = lazy(() => import('../tabs/details'));
const RailSheet = lazy(() => import('../rail/rail-sheet'));
const Raw = lazy(() => import('../tabs/raw'));

/** Code wants all the room there is. */
const WITH_RAIL: ReadonlySet<TaskTab> = new Set(['activity', 'runs', 'details']);

type TaskPageProps = {
  taskId: string;
  tab: TaskTab;
  event: number | undefined;
  onTab: (tab: TaskTab) => void;
  onEvent: (seq: number) => void;
};

/** A task: what it does, what it changed, how it went. */
export function TaskPage(props: TaskPageProps) {
  const query = useQuery(taskQuery(props.taskId));
  useTitle(query.data);
  useNeighbourKeys(props.taskId);
  if (query.data !== undefined) return <Loaded {...props} task={query.data} />;
  if (query.isPending) return <TaskSkeleton />;
  const problem = toProblem(query.error);
  if (problem.status === 404) {
    return (
      <Absent icon={SearchX} title="No such task">
        It was deleted, or its address has a mistake in it.
      </Absent>
    );
  }
  if (problem.status === 403)
    return (
      <Absent icon={Lock} title="Not yours to see">
        Ask its owner or an administrator.
      </Absent>
    );
  return (
    <>
      <h1 className="sr-only">Task</h1>
      <ErrorState error={query.error} what="The task" onRetry={() => void query.refetch()} />
    </>
  );
}

function Absent({ icon, title, children }: { icon: typeof Lock; title: string; children: ReactNode }) {
  const back = (
    <Button asChild variant="outline">
      <Link to="/tasks">All tasks</Link>
    </Button>
  );
  return (
    <>
      <h1 className="sr-only">Task</h1>
      <EmptyState icon={icon} title={title} actions={back}>
        {children}
      </EmptyState>
    </>
  );
}

const TaskSkeleton = () => (
  <Loading label="Loading the task">
    <h1 className="sr-only">Task</h1>
    <div className="space-y-3 px-4 pt-5 pb-4 md:px-8">
      <Skeleton className="h-6 w-40" />
      <Skeleton className="h-7 w-2/3" />
      <Skeleton className="h-4 w-56" />
    </div>
    <div className="border-b" />
    <Rows />
  </Loading>
);

const Rows = () => (
  <div aria-busy className="space-y-3 p-4 md:px-8">
    {[70, 40, 55, 90, 35, 60].map((width) => (
      <Skeleton key={width} className="h-5" style={{ width: `${width}%` }} />
    ))}
  </div>
);

function Loaded({ task, tab, event, onTab, onEvent }: TaskPageProps & { task: Task }) {
  const handle = useRun(task);
  const { run } = handle;
  const [hasRail, setRail] = useState(false);
  const spent = spentOf(task, run);
  useEndNotice(task);
  useReadAnew(task);
  const rail = <Rail task={task} run={run} spent={spent} onEvent={onEvent} />;
  const files = run === undefined ? 0 : filesChanged(run).length;
  const pane = 'min-h-0 flex-1 outline-none data-[state=inactive]:hidden';
  return (
    <div className="flex h-full flex-col">
      <Header task={task} spent={spent} handle={handle} onRail={() => setRail(true)} />
      <ReconnectBanner lastSeq={run?.lastSeq ?? 0} />
      <Announcer task={task} todos={run?.todos ?? []} />
      <div className="flex min-h-0 flex-1">
        <Tabs value={tab} onValueChange={(next) => onTab(next as TaskTab)} className="flex min-w-0 flex-1 flex-col">
          <TabsList className="shrink-0">
            <TabsTrigger value="activity">Activity</TabsTrigger>
            <TabsTrigger value="changes">Changes{files > 0 && <Count value={files} />}</TabsTrigger>
            <TabsTrigger value="runs">Runs{task.attempt > 1 && <Count value={task.attempt} />}</TabsTrigger>
            <TabsTrigger value="details">Details</TabsTrigger>
            <TabsTrigger value="raw">Raw</TabsTrigger>
          </TabsList>
          {run === undefined ? (
            <TabsContent value={tab} className={pane}>
              {handle.isPending ? (
                <Rows />
              ) : (
                <ErrorState error={handle.error} what="The log" onRetry={handle.refetch} />
              )}
            </TabsContent>
          ) : (
            <>
              <TabsContent value="activity" className={`${pane} flex flex-col`}>
                <Activity task={task} run={run} handle={handle} event={event} toChanges={() => onTab('changes')} />
              </TabsContent>
              <Suspense fallback={<Rows />}>
                <TabsContent value="changes" className={pane}>
                  <Changes task={task} run={run} />
                </TabsContent>
                <TabsContent value="runs" className={`${pane} overflow-y-auto`}>
                  <Runs task={task} />
                </TabsContent>
                <TabsContent value="details" className={`${pane} overflow-y-auto`}>
                  <Details task={task} run={run} />
                </TabsContent>
                <TabsContent value="raw" className={pane}>
                  <Raw task={task} run={run} />
                </TabsContent>
              </Suspense>
            </>
          )}
        </Tabs>
        {WITH_RAIL.has(tab) && (
          <aside aria-label="Progress" className="hidden w-72 shrink-0 overflow-y-auto border-l px-5 py-4 lg:block">
            {rail}
          </aside>
        )}
      </div>
      {hasRail && (
        <Suspense>
          <RailSheet onClose={() => setRail(false)}>{rail}</RailSheet>
        </Suspense>
      )}
    </div>
  );
}

const Count = ({ value }: { value: number }) => (
  <span className="rounded-full bg-muted px-1.5 text-muted-foreground text-xs tabular-nums">{value}</span>
);

/** What only its end brings is read at its end: the result, the runs, the files. */
function useReadAnew(task: Task) {
  const queryClient = useQueryClient();
  const { id, state, attempt } = task;
  const [first] = useState(`${state} ${attempt}`);
  const now = `${state} ${attempt}`;
  useEffect(() => {
    if (now === first) return;
    for (const { queryKey } of [taskQuery(id), runsQuery(id), artifactsQuery(id)]) {
      void queryClient.invalidateQueries({ queryKey });
    }
  }, [queryClient, id, first, now]);
}

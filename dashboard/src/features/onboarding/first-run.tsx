import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowRight, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import type { NewTask } from '@/api/types';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { toast } from '@/ui/toast';
import { healthQuery } from './health';

/** Needs no repository and no key: where there is none, the demo model plays it. */
const SAMPLE_TASK: NewTask = {
  title: 'Sample task: say hello in a file',
  prompt:
    'Write a short, friendly greeting into hello.md, together with three facts about the directory that you work in. Then show the file.',
  tags: ['sample'],
  timeout_s: 600,
};

interface FirstRunProps {
  /** Hands the task in and answers its id. */
  create: (task: NewTask) => Promise<{ id: string }>;
  busy: boolean;
}

/** What somebody sees who has never handed in a task: one button that shows what this is. */
export default function FirstRun({ create, busy }: FirstRunProps) {
  const navigate = useNavigate();
  const { data: health } = useQuery(healthQuery);
  const start = async () => {
    try {
      const { id } = await create(SAMPLE_TASK);
      await navigate({ to: '/tasks/$taskId', params: { taskId: id } });
    } catch (error) {
      toast.error('The sample task was not handed in', error);
    }
  };
  const demo = health !== undefined && health.model !== 'live';
  return (
    <div className="px-4 py-8 md:px-8">
      <Card className="mx-auto max-w-2xl overflow-hidden">
        <div className="px-6 pt-7 pb-6 md:px-8">
          <h2 className="font-semibold text-xl tracking-tight">Send Errand on its first errand</h2>
          <p className="mt-1.5 max-w-prose text-muted-foreground">
            You hand in a prompt and, if you like, a git repository. Claude Code does it in a sandbox of its own while
            you watch each step, and you keep the answer, the patch and the cost.
          </p>
          <div className="mt-5 flex flex-wrap gap-2">
            <Button busy={busy} onClick={() => void start()}>
              {!busy && <Play aria-hidden />}
              Run a sample task
            </Button>
            <Button asChild variant="outline">
              <Link to="/tasks/new">
                Write your own
                <ArrowRight aria-hidden />
              </Link>
            </Button>
          </div>
        </div>
        <ol className="divide-y border-t bg-muted/40">
          <Step
            number={1}
            title="A model"
            state={health && <Badge tone={demo ? 'warning' : 'success'}>{demo ? 'Demo model' : 'Ready'}</Badge>}
          >
            {demo
              ? 'No model key is set, so a small script plays the model. Everything else is real. Set ANTHROPIC_API_KEY and start Errand anew for real work.'
              : 'Tasks are done by a real model. Each has a budget that it cannot exceed.'}
          </Step>
          <Step number={2} title="A repository, if the task needs one">
            Give its https address and a branch with the task. The sample needs none.
          </Step>
          <Step number={3} title="Watch, or come back later">
            The task goes on without you. What happened meanwhile is all there when you return.
          </Step>
        </ol>
      </Card>
    </div>
  );
}

function Step({
  number,
  title,
  state,
  children,
}: {
  number: number;
  title: string;
  state?: ReactNode;
  children: ReactNode;
}) {
  return (
    <li className="flex gap-4 px-6 py-4 md:px-8">
      <span
        aria-hidden
        className="grid size-6 shrink-0 place-items-center rounded-full border bg-card font-medium text-xs tabular-nums"
      >
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex items-center justify-between gap-3">
          <h3 className="font-medium">{title}</h3>
          {state}
        </div>
        <p className="text-muted-foreground text-sm">{children}</p>
      </div>
    </li>
  );
}

import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { taskQuery } from '@/api/tasks';
import type { Task } from '@/api/types';
import { useShortcuts } from '@/lib/shortcuts';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Kbd } from '@/ui/kbd';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Loading, Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import { Options } from './options';
import { RepositoryFields } from './repository-fields';
import { useNewTaskForm } from './use-new-task-form';

interface NewTaskPageProps {
  /** The task that is to be repeated. */
  from: string | undefined;
  onCreated: (task: Task) => void;
}

export function NewTaskPage({ from, onCreated }: NewTaskPageProps) {
  return (
    <>
      <PageHeader
        title="New task"
        description={
          from
            ? 'The same again. Change what should be different.'
            : 'Say what is to be done, as you would to a colleague.'
        }
      />
      <PageBody>{from ? <Repeat id={from} onCreated={onCreated} /> : <NewTaskForm onCreated={onCreated} />}</PageBody>
    </>
  );
}

function Repeat({ id, onCreated }: { id: string; onCreated: (task: Task) => void }) {
  // A copy from a list has no prompt, so it is read whole.
  const query = useQuery({ ...taskQuery(id), staleTime: 0 });
  if (query.data?.spec) return <NewTaskForm from={query.data} onCreated={onCreated} />;
  if (query.isError)
    return <ErrorState what="The task to repeat" error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Loading label="Loading the task" className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Skeleton className="h-72" />
      <Skeleton className="h-72" />
    </Loading>
  );
}

function NewTaskForm({ from, onCreated }: { from?: Task; onCreated: (task: Task) => void }) {
  const { form, submit, discard, problem, busy } = useNewTaskForm(from, onCreated);
  const { errors, isDirty } = form.formState;
  useShortcuts([{ keys: 'mod+Enter', label: 'Hand the task in', group: 'New task', whileTyping: true, run: submit }]);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className="grid max-w-6xl items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div className="grid gap-5">
        {problem && (
          <p
            role="alert"
            className="flex gap-2 rounded-md border border-danger/30 bg-danger/8 px-3 py-2 text-danger text-sm"
          >
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            {problem.code === 'queue_full' ? queueFull(problem.retryAfterSeconds) : problem.message}
          </p>
        )}
        <Field label="Prompt" error={errors.prompt?.message}>
          {(control) => (
            <Textarea
              {...control}
              {...form.register('prompt')}
              autoFocus
              placeholder="Fix the failing test in the checkout service and explain the cause."
              className="max-h-[60vh] min-h-48"
            />
          )}
        </Field>
        <RepositoryFields form={form} />
        <div className="flex flex-wrap items-center gap-3 max-lg:order-last">
          <Button type="submit" busy={busy}>
            Hand in
          </Button>
          <span className="hidden items-center gap-1 text-muted-foreground text-xs md:inline-flex">
            <Kbd>Ctrl</Kbd>
            <Kbd>Enter</Kbd>
          </span>
          {!from && isDirty && (
            <Button variant="ghost" size="sm" onClick={discard}>
              Discard the draft
            </Button>
          )}
        </div>
      </div>
      <Options form={form} />
    </form>
  );
}

const queueFull = (seconds: number | undefined) =>
  `You have as many tasks waiting as you may.${seconds ? ` Try again in ${seconds} s, or cancel one that waits.` : ' Cancel one that waits, or try again later.'} Your draft is kept.`;

import { standardSchemaResolver } from '@hookform/resolvers/standard-schema';
import { useEffect, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { type ProblemError, toProblem } from '@/api/problem';
import type { NewTask, Task } from '@/api/types';
import { useCreateTask } from '../api';
import { draft, recent } from './draft';
import { EMPTY, type FormValues, formSchema, fromTask, inputOf, toNewTask } from './values';

/** The form of a new task. `from` is the task that it repeats; without one it goes on with the draft. */
export function useNewTaskForm(from: Task | undefined, onCreated: (task: Task) => void) {
  const create = useCreateTask();
  const keyFor = useIdempotencyKey();
  const [problem, setProblem] = useState<ProblemError>();
  const form = useForm<FormValues>({
    resolver: standardSchemaResolver(formSchema),
    defaultValues: from ? fromTask(from) : (draft.read() ?? EMPTY),
  });

  useEffect(() => {
    if (from) return;
    return form.subscribe({ formState: { values: true }, callback: ({ values }) => draft.write(values) });
  }, [form, from]);

  const submit = form.handleSubmit(async (values) => {
    setProblem(undefined);
    const task = toNewTask(values);
    try {
      const created = await create.mutateAsync({ task, key: keyFor(task) });
      recent.add('repositories', values.repository);
      recent.add('models', values.model);
      if (!from) draft.clear();
      onCreated(created);
    } catch (error) {
      setProblem(showProblem(toProblem(error), form.setError));
    }
  });

  const discard = () => {
    draft.clear();
    form.reset(EMPTY);
  };
  return { form, submit: () => void submit(), discard, problem, busy: create.isPending };
}

type SetError = ReturnType<typeof useForm<FormValues>>['setError'];

/** Puts each fault at its input. What has none is answered, to be shown above the form. */
function showProblem(problem: ProblemError, setError: SetError): ProblemError | undefined {
  let elsewhere = problem.fields.size === 0;
  let focused = false;
  for (const [field, message] of problem.fields) {
    const input = inputOf(field);
    if (!input) {
      elsewhere = true;
      continue;
    }
    setError(input, { type: 'server', message: sentence(message) }, { shouldFocus: !focused });
    focused = true;
  }
  return elsewhere ? problem : undefined;
}

/** The API's messages complete "the field …": `must be at least 1`. */
const sentence = (message: string) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;

/** The same task pressed twice is one task; a changed one is another. */
function useIdempotencyKey() {
  const last = useRef({ text: '', key: '' });
  return (task: NewTask) => {
    const text = JSON.stringify(task);
    if (last.current.text !== text) last.current = { text, key: crypto.randomUUID() };
    return last.current.key;
  };
}

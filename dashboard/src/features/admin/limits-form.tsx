import { useQuery } from '@tanstack/react-query';
import { Info } from 'lucide-react';
import { useState } from 'react';
import { api, body } from '@/api/client';
import type { Limits } from '@/api/types';
import { faultsOf } from '@/lib/faults';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Form, FormFault } from '@/ui/form';
import { Input } from '@/ui/input';
import { useSetLimits } from './api';
import { consequences } from './words';

type Name = keyof Limits;

const FIELDS: Record<Name, { label: string; hint: string }> = {
  running_total: { label: 'Tasks running at once', hint: 'Over all users: each is a container and pays for a model.' },
  running_per_user: { label: 'Running at once per user', hint: 'What is beyond it waits, and lets others pass.' },
  queued_per_user: { label: 'Waiting per user', hint: 'Who has so many waiting is refused the next one.' },
};
const NAMES = Object.keys(FIELDS) as Name[];

const MOST = 10_000;

/** A number that a limit may be, or nothing. */
function count(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return value >= 1 && value <= MOST ? value : undefined;
}

export function LimitsForm({ now }: { now: Limits }) {
  const [texts, setTexts] = useState<Record<Name, string>>({
    running_total: String(now.running_total),
    running_per_user: String(now.running_per_user),
    queued_per_user: String(now.queued_per_user),
  });
  const save = useSetLimits();
  // For the words about what a change does; without it they are fewer.
  const queue = useQuery({ queryKey: ['queue'], queryFn: ({ signal }) => body(api.GET('/v1/queue', { signal })) });
  const faults = faultsOf(save.error, NAMES);

  const parsed = NAMES.map((name) => [name, count(texts[name])] as const);
  const wrong = parsed.some(([, value]) => value === undefined);
  const next: Limits = { ...now, ...Object.fromEntries(parsed.filter(([, value]) => value !== undefined)) };
  const changed = NAMES.some((name) => next[name] !== now[name]);
  const said = changed && !wrong ? consequences(now, next, queue.data?.running) : [];

  return (
    <Form onSubmit={() => changed && !wrong && save.mutate(next)} className="max-w-md">
      {parsed.map(([name, value]) => (
        <Field
          key={name}
          label={FIELDS[name].label}
          hint={`${FIELDS[name].hint} Now ${now[name].toLocaleString('en')}.`}
          error={value === undefined ? 'A whole number from 1 to 10,000.' : faults.at(name)}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              className="max-w-32 tabular-nums"
              value={texts[name]}
              onChange={(event) => {
                save.reset();
                setTexts({ ...texts, [name]: event.target.value });
              }}
            />
          )}
        </Field>
      ))}
      <ul aria-live="polite" aria-label="What this does" className="space-y-1.5 empty:hidden">
        {said.map((sentence) => (
          <li key={sentence} className="flex gap-2 text-sm">
            <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-primary" />
            {sentence}
          </li>
        ))}
      </ul>
      <FormFault>{faults.general}</FormFault>
      <Button type="submit" className="justify-self-start" disabled={!changed || wrong} busy={save.isPending}>
        Change the limits
      </Button>
    </Form>
  );
}

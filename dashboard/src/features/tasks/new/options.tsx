import { type ReactNode, useId, useState } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import type { Priority } from '@/api/types';
import { Card } from '@/ui/card';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { PRIORITIES } from '@/ui/reasons';
import { Select } from '@/ui/select';
import { recent } from './draft';
import type { FormValues } from './values';

const priorities = (Object.keys(PRIORITIES) as Priority[])
  .toSorted((a, b) => PRIORITIES[a].rank - PRIORITIES[b].rank)
  .map((value) => ({ value, label: PRIORITIES[value].word }));

/** Everything that has a default. */
export function Options({ form }: { form: UseFormReturn<FormValues> }) {
  const { errors } = form.formState;
  const models = useId();
  const [known] = useState(() => recent.read('models'));
  return (
    <Card className="grid gap-4 p-5">
      <h2 className="font-semibold">Options</h2>
      <Field label="Title" optional error={errors.title?.message} hint="Made of the prompt’s first line if empty.">
        {(control) => <Input {...control} {...form.register('title')} />}
      </Field>
      <Field label="Model" optional error={errors.model?.message}>
        {(control) => (
          <Input {...control} {...form.register('model')} list={models} placeholder="The default" spellCheck={false} />
        )}
      </Field>
      <datalist id={models}>
        {known.map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
      <div className="grid grid-cols-2 items-start gap-4">
        <Field label="Budget" error={errors.budget?.message}>
          {(control) => (
            <Affix before="$">
              <Input
                {...control}
                {...form.register('budget')}
                inputMode="decimal"
                placeholder="none"
                className="pl-6"
              />
            </Affix>
          )}
        </Field>
        <Field label="Time limit" error={errors.timeout?.message}>
          {(control) => (
            <Affix after="min">
              <Input {...control} {...form.register('timeout')} inputMode="numeric" className="pr-11" />
            </Affix>
          )}
        </Field>
        <Field label="Turns" error={errors.maxTurns?.message}>
          {(control) => (
            <Input {...control} {...form.register('maxTurns')} inputMode="numeric" placeholder="no limit" />
          )}
        </Field>
        <Field label="Attempts" error={errors.maxAttempts?.message}>
          {(control) => <Input {...control} {...form.register('maxAttempts')} inputMode="numeric" />}
        </Field>
      </div>
      <Field label="Priority" error={errors.priority?.message}>
        {(control) => (
          <Controller
            control={form.control}
            name="priority"
            render={({ field }) => (
              <Select {...control} value={field.value} onChange={field.onChange} options={priorities} />
            )}
          />
        )}
      </Field>
      <Field label="Tags" optional error={errors.tags?.message} hint="With commas between.">
        {(control) => <Input {...control} {...form.register('tags')} placeholder="nightly, docs" />}
      </Field>
      <Field label="Not before" optional error={errors.notBefore?.message} hint="In the time zone of this browser.">
        {(control) => <Input {...control} {...form.register('notBefore')} type="datetime-local" />}
      </Field>
    </Card>
  );
}

/** A unit inside an input. */
function Affix({ before, after, children }: { before?: string; after?: string; children: ReactNode }) {
  return (
    <div className="relative">
      {before && <span className="pointer-events-none absolute top-1.5 left-3 text-muted-foreground">{before}</span>}
      {children}
      {after && <span className="pointer-events-none absolute top-1.5 right-3 text-muted-foreground">{after}</span>}
    </div>
  );
}

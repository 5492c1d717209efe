import { useId, useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { recent } from './draft';
import type { FormValues } from './values';

export function RepositoryFields({ form }: { form: UseFormReturn<FormValues> }) {
  const { errors } = form.formState;
  const list = useId();
  const [repositories] = useState(() => recent.read('repositories'));
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_12rem]">
      <Field
        label="Repository"
        optional
        error={errors.repository?.message}
        hint="Cloned for the task. Without one it starts in an empty directory."
      >
        {(control) => (
          <Input
            {...control}
            {...form.register('repository')}
            type="url"
            inputMode="url"
            list={list}
            placeholder="https://github.com/acme/shop"
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label="Branch, tag or commit" optional error={errors.ref?.message}>
        {(control) => (
          <Input {...control} {...form.register('ref')} placeholder="main" autoComplete="off" spellCheck={false} />
        )}
      </Field>
      <datalist id={list}>
        {repositories.map((url) => (
          <option key={url} value={url} />
        ))}
      </datalist>
    </div>
  );
}

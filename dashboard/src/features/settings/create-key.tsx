import { type FormEvent, useState } from 'react';
import { toProblem } from '@/api/problem';
import { fieldFault, generalFault } from '@/lib/faults';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select, type SelectOption } from '@/ui/select';
import { ShownOnce } from '@/ui/shown-once';
import { useCreateKey } from './api';
import { EXPIRIES, type Expiry, expiresAt } from './expiry';

type Scope = 'read' | 'write';

const SCOPES: SelectOption<Scope>[] = [
  { value: 'write', label: 'Read and write', hint: 'Hands in, cancels and retries tasks' },
  { value: 'read', label: 'Read only', hint: 'Sees tasks, events and usage' },
];
// Objects put keys that look like numbers first, in order.
const ENDS = (Object.keys(EXPIRIES) as Expiry[]).map((value) => ({ value, label: EXPIRIES[value] }));
const SHOWN = ['name', 'scope', 'expires_at'];

export function CreateKey({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      {create.data ? (
        <DialogContent
          title={`“${create.data.name}” is ready`}
          description="Copy the key now. It is shown this once; only a fingerprint of it is kept."
          // Only the button closes it: the key would be gone with one click beside it.
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => event.preventDefault()}
        >
          <ShownOnce label="API key" value={create.data.secret}>
            <pre className="mt-3 whitespace-pre-wrap break-all rounded-md border px-3 py-2 font-mono text-xs">
              <code>{`curl ${location.origin}/v1/tasks -H "Authorization: Bearer $ERRAND_KEY"`}</code>
            </pre>
          </ShownOnce>
          <DialogActions>
            <Button onClick={onClose}>I have copied it</Button>
          </DialogActions>
        </DialogContent>
      ) : (
        <DialogContent
          title="New API key"
          description="Name it for what will use it, so that you know what breaks when you revoke it."
        >
          <KeyForm create={create} onClose={onClose} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function KeyForm({ create, onClose }: { create: ReturnType<typeof useCreateKey>; onClose: () => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('write');
  const [expiry, setExpiry] = useState<Expiry>('90');
  const [tried, setTried] = useState(false);
  const problem = create.error ? toProblem(create.error) : undefined;
  const general = generalFault(problem, SHOWN);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim()) create.mutate({ name: name.trim(), scope, expires_at: expiresAt(expiry, new Date()) });
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <Field label="Name" error={(tried && !name.trim() && 'Give it a name.') || fieldFault(problem, 'name')}>
        {(control) => (
          <Input
            {...control}
            value={name}
            maxLength={100}
            placeholder="nightly build"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="May" error={fieldFault(problem, 'scope')}>
          {(control) => <Select {...control} value={scope} onChange={setScope} options={SCOPES} />}
        </Field>
        <Field label="Ends after" error={fieldFault(problem, 'expires_at')}>
          {(control) => <Select {...control} value={expiry} onChange={setExpiry} options={ENDS} />}
        </Field>
      </div>
      {expiry === 'never' && (
        <p className="text-muted-foreground text-sm">A key that never ends works until somebody revokes it.</p>
      )}
      {general && (
        <p role="alert" className="text-danger text-sm">
          {general}
        </p>
      )}
      <DialogActions className="mt-1">
        <Button variant="outline" onClick={onClose}>
          Never mind
        </Button>
        <Button type="submit" busy={create.isPending}>
          Make the key
        </Button>
      </DialogActions>
    </form>
  );
}

import { useState } from 'react';
import { faultsOf } from '@/lib/faults';
import { Dialog, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { DialogForm } from '@/ui/form';
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

export function CreateKey({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('write');
  const [expiry, setExpiry] = useState<Expiry>('90');
  const [tried, setTried] = useState(false);
  if (create.data) return <KeyOnce name={create.data.name} secret={create.data.secret} onClose={onClose} />;

  const faults = faultsOf(create.error, ['name', 'scope', 'expires_at']);
  const submit = () => {
    setTried(true);
    if (name.trim()) create.mutate({ name: name.trim(), scope, expires_at: expiresAt(expiry, new Date()) });
  };
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent
        title="New API key"
        description="Name it for what will use it, so that you know what breaks when you revoke it."
      >
        <DialogForm
          submit="Make the key"
          busy={create.isPending}
          fault={faults.general}
          onSubmit={submit}
          onClose={onClose}
        >
          <Field label="Name" error={(tried && !name.trim() && 'Give it a name.') || faults.at('name')}>
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
            <Field label="May" error={faults.at('scope')}>
              {(control) => <Select {...control} value={scope} onChange={setScope} options={SCOPES} />}
            </Field>
            <Field label="Ends after" error={faults.at('expires_at')}>
              {(control) => <Select {...control} value={expiry} onChange={setExpiry} options={ENDS} />}
            </Field>
          </div>
          {expiry === 'never' && (
            <p className="text-muted-foreground text-sm">A key that never ends works until somebody revokes it.</p>
          )}
        </DialogForm>
      </DialogContent>
    </Dialog>
  );
}

function KeyOnce({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  return (
    <ShownOnce
      title={`“${name}” is ready`}
      description="Copy the key now. It is shown this once; only a fingerprint of it is kept."
      label="API key"
      value={secret}
      onClose={onClose}
    >
      <pre className="mt-3 whitespace-pre-wrap break-all rounded-md border px-3 py-2 font-mono text-xs">
        <code>{`curl ${location.origin}/v1/tasks -H "Authorization: Bearer $ERRAND_KEY"`}</code>
      </pre>
    </ShownOnce>
  );
}

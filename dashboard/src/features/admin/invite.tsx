import { type FormEvent, useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Role } from '@/api/types';
import { fieldFault, generalFault } from '@/lib/faults';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { useInvite } from './api';
import { LinkDialog } from './link-dialog';
import { ROLE_NAMES, ROLES } from './words';

const SHOWN = ['email', 'role'];

export function Invite({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [tried, setTried] = useState(false);
  if (invite.data) return <LinkDialog email={invite.data.user.email} link={invite.data.link} onClose={onClose} />;

  const problem = invite.error ? toProblem(invite.error) : undefined;
  const general = generalFault(problem, SHOWN);
  // Only a slip of the hand is caught here; what an address is, the API says.
  const fault = /^\S+@\S+$/.test(email.trim()) ? undefined : 'Give their email address.';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!fault) invite.mutate({ email: email.trim(), role });
  };
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent title="Invite somebody" description="You get a link to hand over; with it they choose a password.">
        <form onSubmit={submit} noValidate className="grid gap-4">
          <Field label="Email address" error={(tried && fault) || fieldFault(problem, 'email')}>
            {(control) => (
              <Input
                {...control}
                type="email"
                autoComplete="off"
                value={email}
                placeholder="grace@example.com"
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
          <Field label="Role" hint={ROLES[role].may} error={fieldFault(problem, 'role')}>
            {(control) => (
              <Select
                {...control}
                value={role}
                onChange={setRole}
                options={ROLE_NAMES.map((value) => ({ value, label: ROLES[value].label, hint: ROLES[value].may }))}
              />
            )}
          </Field>
          {general && (
            <p role="alert" className="text-danger text-sm">
              {general}
            </p>
          )}
          <DialogActions className="mt-1">
            <Button variant="outline" onClick={onClose}>
              Never mind
            </Button>
            <Button type="submit" busy={invite.isPending}>
              Make the link
            </Button>
          </DialogActions>
        </form>
      </DialogContent>
    </Dialog>
  );
}

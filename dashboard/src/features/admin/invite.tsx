import { useState } from 'react';
import type { Role } from '@/api/types';
import { faultsOf } from '@/lib/faults';
import { Dialog, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { DialogForm } from '@/ui/form';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { useInvite } from './api';
import { LinkOnce } from './link-once';
import { ROLE_NAMES, ROLES } from './words';

export function Invite({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [tried, setTried] = useState(false);
  if (invite.data) return <LinkOnce email={invite.data.user.email} link={invite.data.link} onClose={onClose} />;

  const faults = faultsOf(invite.error, ['email', 'role']);
  // Only a slip of the hand is caught here; what an address is, the API says.
  const slip = /^\S+@\S+$/.test(email.trim()) ? undefined : 'Give their email address.';
  const submit = () => {
    setTried(true);
    if (!slip) invite.mutate({ email: email.trim(), role });
  };
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent title="Invite somebody" description="You get a link to hand over; with it they choose a password.">
        <DialogForm
          submit="Make the link"
          busy={invite.isPending}
          fault={faults.general}
          onSubmit={submit}
          onClose={onClose}
        >
          <Field label="Email address" error={(tried && slip) || faults.at('email')}>
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
          <Field label="Role" hint={ROLES[role].may} error={faults.at('role')}>
            {(control) => (
              <Select
                {...control}
                value={role}
                onChange={setRole}
                options={ROLE_NAMES.map((value) => ({ value, label: ROLES[value].label, hint: ROLES[value].may }))}
              />
            )}
          </Field>
        </DialogForm>
      </DialogContent>
    </Dialog>
  );
}

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { faultsOf } from '@/lib/faults';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { Field, type FieldControl } from '@/ui/field';
import { Form, FormFault } from '@/ui/form';
import { Input } from '@/ui/input';
import { useChangePassword } from './api';
import { MIN_CHARS, strength } from './strength';
import { StrengthMeter } from './strength-meter';

const EMPTY = { current: '', next: '', again: '' };

export function PasswordForm({ email }: { email: string }) {
  const [values, setValues] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const [shown, setShown] = useState(false);
  const change = useChangePassword();
  const said = faultsOf(change.error, ['current', 'new']);

  const faults = {
    current: values.current ? undefined : 'Give the password that you have now.',
    next:
      [...values.next].length < MIN_CHARS
        ? `At least ${MIN_CHARS} characters.`
        : values.next === values.current
          ? 'That is the one you have.'
          : undefined,
    again: values.again === values.next ? undefined : 'The two are not the same.',
  };
  const put = (patch: Partial<typeof EMPTY>) => {
    change.reset();
    setValues({ ...values, ...patch });
  };
  const submit = () => {
    setTried(true);
    if (faults.current || faults.next || faults.again) return;
    change.mutate(
      { current: values.current, new: values.next },
      {
        onSuccess: () => {
          setValues(EMPTY);
          setTried(false);
        },
      },
    );
  };
  const text = (control: FieldControl, name: keyof typeof EMPTY, autoComplete: string) => (
    <Input
      {...control}
      type={shown ? 'text' : 'password'}
      autoComplete={autoComplete}
      value={values[name]}
      onChange={(event) => put({ [name]: event.target.value })}
    />
  );

  return (
    <Card>
      <CardHeader
        title="Password"
        description="Changing it ends all your other sign-ins. API keys stay."
        actions={
          <Button variant="ghost" size="sm" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
            {shown ? 'Hide' : 'Show'}
          </Button>
        }
      />
      <CardBody>
        <Form onSubmit={submit} className="max-w-md">
          <input hidden type="text" autoComplete="username" value={email} readOnly />
          <Field label="Current password" error={(tried && faults.current) || said.at('current')}>
            {(control) => text(control, 'current', 'current-password')}
          </Field>
          <Field label="New password" error={(tried && faults.next) || said.at('new')}>
            {(control) => (
              <>
                {text(control, 'next', 'new-password')}
                <StrengthMeter strength={values.next ? strength(values.next, email) : undefined} />
              </>
            )}
          </Field>
          <Field label="New password, again" error={(tried && faults.again) || undefined}>
            {(control) => text(control, 'again', 'new-password')}
          </Field>
          <FormFault>{said.general}</FormFault>
          <Button type="submit" busy={change.isPending} className="justify-self-start">
            Change password
          </Button>
        </Form>
      </CardBody>
    </Card>
  );
}

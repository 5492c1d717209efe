import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { signIn } from './actions';
import { PasswordInput } from './password-input';

export function PasswordForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({ mutationFn: () => signIn(email, password), onSuccess: onSignedIn });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {attempt.error && <SignInProblem error={attempt.error} />}
      <Field label="Email">
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Password">
        {(control) => (
          <PasswordInput control={control} autoComplete="current-password" value={password} onChange={setPassword} />
        )}
      </Field>
      <Button type="submit" busy={attempt.isPending} className="mt-1 w-full">
        Sign in
      </Button>
    </form>
  );
}

export function SignInProblem({ error }: { error: unknown }) {
  const problem = toProblem(error);
  const wait = problem.retryAfterSeconds;
  const text =
    problem.status === 401
      ? 'Email or password are not right.'
      : problem.status === 429 && wait
        ? `Too many attempts. Try again in ${wait} s.`
        : problem.message;
  return (
    <p role="alert" className="rounded-md border border-danger/30 bg-danger/8 px-3 py-2 text-danger text-sm">
      {text}
    </p>
  );
}

import { useMutation } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { toProblem } from '@/api/problem';
import { faultsOf } from '@/lib/faults';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { signInByLink } from './actions';
import { SignInProblem } from './password-form';
import { PasswordInput } from './password-input';

interface LinkFormProps {
  token: string;
  onSignedIn: () => void;
  onRefused: (why: string) => void;
}

const SPENT = 'This link has been used or has expired. Ask for a new one, or sign in with your password.';

/**
 * Trades a one-use link for a sign-in. Only the server knows the link's kind: one that invites or resets answers that a
 * password is missing, and stays good until it has come.
 */
export function LinkForm({ token, onSignedIn, onRefused }: LinkFormProps) {
  const [asksPassword, setAsksPassword] = useState(false);
  const [password, setPassword] = useState('');
  const trade = useMutation({
    mutationFn: (chosen: string | undefined) => signInByLink(token, chosen),
    onSuccess: onSignedIn,
    onError: (error) => {
      const problem = toProblem(error);
      if (problem.fields.has('password')) setAsksPassword(true);
      else if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) onRefused(SPENT);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: one trade for one token
  useEffect(() => onceFor(token, () => trade.mutate(undefined)), [token]);

  if (!asksPassword) {
    return trade.isError ? (
      <div className="grid gap-4">
        <SignInProblem error={trade.error} />
        <Button variant="outline" onClick={() => trade.mutate(undefined)}>
          Try again
        </Button>
      </div>
    ) : (
      <p role="status" className="flex items-center justify-center gap-2 py-4 text-muted-foreground">
        <LoaderCircle aria-hidden className="size-4 animate-spin" />
        Signing you in…
      </p>
    );
  }
  const faults = faultsOf(trade.error, ['password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    trade.mutate(password);
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <p>Choose the password for your account.</p>
      {faults.general && <SignInProblem error={trade.error} />}
      <Field
        label="New password"
        hint="At least 8 characters. A few words that only you would put together are best."
        error={password ? faults.at('password') : undefined}
      >
        {(control) => (
          <PasswordInput
            control={control}
            autoComplete="new-password"
            autoFocus
            minLength={8}
            value={password}
            onChange={setPassword}
          />
        )}
      </Field>
      <Button type="submit" busy={trade.isPending} className="w-full">
        Set password and sign in
      </Button>
    </form>
  );
}

let traded: string | undefined;

/** React runs effects twice while developing; a link must not be spent by that. */
function onceFor(token: string, work: () => void): void {
  if (traded === token) return;
  traded = token;
  work();
}

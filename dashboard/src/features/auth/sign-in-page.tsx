import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { configQuery } from '@/api/config';
import { session } from '@/api/session';
import { useDocumentTitle } from '@/lib/document-title';
import { Logo } from '@/ui/logo';
import { forgetLink, takeLinkFromAddress, takenLink } from './link';
import { LinkForm } from './link-form';
import { safeNext } from './next';
import { PasswordForm } from './password-form';

export function SignInPage({ next }: { next: string | undefined }) {
  useDocumentTitle('Sign in');
  const { data: config } = useQuery(configQuery);
  const { link, refuse } = useLink();
  const [refused, setRefused] = useState<string>();
  const arrive = useArrive(next);

  return (
    <div className="grid min-h-dvh place-items-center px-4 py-10">
      <main className="w-full max-w-sm">
        <div className="mb-7 flex flex-col items-center text-center">
          <Logo className="size-11" />
          <h1 className="mt-4 font-semibold text-2xl tracking-tight">
            {link ? 'Welcome to Errand' : 'Sign in to Errand'}
          </h1>
          <p className="mt-1 text-muted-foreground">Hand in a task. Watch it being done.</p>
        </div>
        <div className="rounded-xl border bg-card p-6">
          {refused && (
            <p
              role="alert"
              className="mb-4 rounded-md border border-warning/30 bg-warning/8 px-3 py-2 text-sm text-warning"
            >
              {refused}
            </p>
          )}
          {link ? (
            <LinkForm
              key={link}
              token={link}
              onSignedIn={arrive}
              onRefused={(why) => {
                refuse();
                setRefused(why);
              }}
            />
          ) : (
            <PasswordForm onSignedIn={arrive} />
          )}
        </div>
        {config?.mode === 'local' && !link && (
          <p className="mt-5 text-center text-muted-foreground text-sm">
            <code className="font-mono text-xs">make up</code> prints a link that signs you in, and the first password.
          </p>
        )}
      </main>
    </div>
  );
}

/** The link of the address, also where one is pasted while this page is open. */
function useLink() {
  const { hash } = useLocation();
  const [link, setLink] = useState(takenLink);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new fragment is the reason to look
  useEffect(() => {
    takeLinkFromAddress();
    setLink(takenLink());
  }, [hash]);
  const refuse = () => {
    forgetLink();
    setLink(undefined);
  };
  return { link, refuse };
}

/** Goes where one wanted to go. Whoever still has a sign-in goes there at once. */
function useArrive(next: string | undefined) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const arrive = () => {
    forgetLink();
    queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'config' });
    router.history.replace(safeNext(next));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the page comes up
  useEffect(() => {
    if (takenLink()) return;
    session.renew().then(
      (signedIn) => signedIn && arrive(),
      () => undefined,
    );
  }, []);
  return arrive;
}

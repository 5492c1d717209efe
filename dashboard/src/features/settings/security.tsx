import { useMe } from '@/api/me';
import { PasswordForm } from './password-form';
import { Sessions } from './sessions';

export function Security({ signOutEverywhere }: { signOutEverywhere: () => Promise<void> }) {
  const me = useMe();
  return (
    <>
      <PasswordForm email={me?.email ?? ''} />
      <Sessions signOutEverywhere={signOutEverywhere} />
    </>
  );
}

import { lazy, Suspense, useState } from 'react';
import { AccountTrigger } from './account-trigger';

const load = () => import('./account-menu');
const AccountMenu = lazy(load);

/** The account's button. What makes it a menu comes when somebody reaches for it, so that no first page waits for it. */
export function AccountButton({ compact = false }: { compact?: boolean }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <AccountTrigger
      compact={compact}
      aria-haspopup="menu"
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    />
  );
  return wanted ? (
    <Suspense fallback={button}>
      <AccountMenu compact={compact} />
    </Suspense>
  ) : (
    button
  );
}

import { Ellipsis } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/ui/button';
import type { MoreMenuProps } from './more-menu';

const MoreMenu = lazy(() => import('./more-menu'));

/** The menu and all that it needs are loaded when somebody opens it. */
export function More(props: MoreMenuProps) {
  const [isWanted, setWanted] = useState(false);
  const button = (
    <Button variant="ghost" size="icon" aria-label="More" aria-haspopup="menu" onClick={() => setWanted(true)}>
      <Ellipsis aria-hidden />
    </Button>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <MoreMenu {...props} />
    </Suspense>
  );
}

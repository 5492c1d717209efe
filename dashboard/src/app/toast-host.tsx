import { lazy, Suspense, useEffect, useState } from 'react';
import { useAppearance } from '@/lib/appearance';

const Toaster = lazy(() => import('sonner').then((module) => ({ default: module.Toaster })));

/** Where toasts appear. It comes when the page is idle, since the first of them is never part of the first paint. */
export function ToastHost() {
  const theme = useAppearance((appearance) => appearance.theme);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(true), 1500);
    return () => clearTimeout(timer);
  }, []);
  return (
    wanted && (
      <Suspense>
        <Toaster theme={theme} position="bottom-right" closeButton mobileOffset={{ bottom: '4.5rem' }} />
      </Suspense>
    )
  );
}

import { type ComponentType, type CSSProperties, useEffect, useState } from 'react';
import type { ToasterProps } from 'sonner';
import { useAppearance } from '@/lib/appearance';

const WHEN_IDLE_MS = 1_500;
const AGAIN_MS = 15_000;

const LOOK = {
  fontFamily: 'inherit',
  '--normal-bg': 'var(--card)',
  '--normal-text': 'var(--foreground)',
  '--normal-border': 'var(--border)',
} as CSSProperties;

/** Where toasts appear. It comes when the page is idle, since the first of them is never part of the first paint. */
export function ToastHost() {
  const theme = useAppearance((appearance) => appearance.theme);
  const [Toaster, setToaster] = useState<ComponentType<ToasterProps>>();
  useEffect(() => {
    let timer = setTimeout(load, WHEN_IDLE_MS);
    function load() {
      const retry = () => {
        // Without a network the page must stay.
        timer = setTimeout(load, AGAIN_MS);
      };
      void import('sonner').then((module) => setToaster(() => module.Toaster), retry);
    }
    return () => clearTimeout(timer);
  }, []);
  return (
    Toaster && (
      <Toaster theme={theme} style={LOOK} position="bottom-right" closeButton mobileOffset={{ bottom: '4.5rem' }} />
    )
  );
}

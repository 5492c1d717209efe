import { useEffect } from 'react';
import type { Task } from '@/api/types';
import { clean } from '@/lib/clean';
import { useDocumentTitle } from '@/lib/document-title';
import { setFavicon } from '@/lib/favicon';
import type { Tone } from '@/ui/badge';
import { STATES } from '@/ui/state-chip';

/** An icon in a tab follows no theme. */
const DOTS: Record<Tone, string> = {
  neutral: '#8a857d',
  outline: '#8a857d',
  running: '#0f8aa8',
  success: '#1f8a4c',
  warning: '#c98a1b',
  danger: '#c8372f',
};

/** `✓ Fix login` in the title, and a dot in the icon: how it stands can be seen from another tab. */
export function useTitle(task: Task | undefined) {
  const look = task && STATES[task.state];
  useDocumentTitle(task && look ? `${look.glyph} ${clean(task.title)}` : undefined);
  const dot = look && DOTS[look.tone];
  useEffect(() => {
    setFavicon(dot);
    return () => setFavicon();
  }, [dot]);
}

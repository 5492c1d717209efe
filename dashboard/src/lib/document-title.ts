import { useEffect } from 'react';

/** `Fix login · Errand` in the window's title while the component is there. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Errand` : 'Errand';
  }, [title]);
}

import { lazy, memo, Suspense } from 'react';
import { clean, cleanTerminal } from '@/lib/clean';

const Coloured = lazy(() => import('./coloured'));

/** What a terminal would show. What reads its colours comes with the first of them; until it is here the text has none. */
export const Ansi = memo(function Ansi({ text }: { text: string }) {
  const shown = cleanTerminal(text);
  if (!shown.includes('\u001b')) return shown;
  return (
    <Suspense fallback={<span data-slot="unformatted">{clean(text)}</span>}>
      <Coloured text={shown} />
    </Suspense>
  );
});

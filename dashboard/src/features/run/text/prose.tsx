import { lazy, Suspense } from 'react';
import { clean } from '@/lib/clean';
import { Capped } from './capped';

const Markdown = lazy(() => import('./markdown').then((module) => ({ default: module.Markdown })));

/** A text of the agent. What reads Markdown comes with the first of them; until it is here a text is shown as it is written. */
export function Prose({ text }: { text: string }) {
  return (
    <Suspense fallback={<Unformatted text={text} />}>
      <Markdown text={text} />
    </Suspense>
  );
}

const Unformatted = ({ text }: { text: string }) => (
  <div data-slot="unformatted" className="whitespace-pre-wrap">
    <Capped text={clean(text)}>{(shown) => shown}</Capped>
  </div>
);

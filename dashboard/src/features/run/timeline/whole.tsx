import { useQueries } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toProblem } from '@/api/problem';
import { bytes } from '@/lib/format';
import { eventQuery } from '../api';
import type { RunEvent } from '../model/types';
import { QuietButton } from '../text/capped';
import { useTimeline } from './context';

type WholeProps = {
  /** Of these only previews are here. */
  cut: readonly RunEvent[];
  /** Nothing is left of them: read them at once. */
  isEmpty?: boolean;
  children: (whole: readonly RunEvent[]) => ReactNode;
};

/** Shows previews, and the whole of what they are previews of when it is asked for. */
export function Whole({ cut, isEmpty, children }: WholeProps) {
  const { taskId } = useTimeline();
  const [isWanted, setWanted] = useState(isEmpty === true);
  const queries = useQueries({
    queries: cut.map(({ seq }) => ({ ...eventQuery(taskId, seq), enabled: isWanted })),
  });
  const whole = queries.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const failed = queries.find(({ error }) => error !== null)?.error;
  const size = cut.reduce((sum, event) => sum + (event.whole_bytes ?? 0), 0);
  const isLoading = isWanted && queries.some(({ isPending }) => isPending);
  return (
    <>
      {children(whole)}
      {whole.length < cut.length && (
        <QuietButton onClick={() => setWanted(true)} disabled={isLoading}>
          {isLoading && <LoaderCircle aria-hidden className="mr-1 size-3.5 animate-spin" />}
          {isLoading ? 'Reading' : 'Show full'} ({bytes(size)})
        </QuietButton>
      )}
      {failed && <p className="text-danger text-xs">It could not be read: {toProblem(failed).message}</p>}
    </>
  );
}

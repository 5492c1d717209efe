import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toProblem } from '@/api/problem';
import { bytes } from '@/lib/format';
import { eventsQuery } from '../api';
import type { RunEvent } from '../model/types';
import { QuietButton } from '../text/capped';
import { useTimeline } from './context';

type WholeProps = {
  /** Of these only previews are here. */
  cut: readonly RunEvent[];
  /** Nothing is left of them: read them at once. */
  isEmpty?: boolean;
  children: (whole: readonly RunEvent[]) => ReactNode;
  /** What comes below all of it. */
  footer?: (whole: readonly RunEvent[]) => ReactNode;
};

/** Shows previews, and the whole of what they are previews of when it is asked for. */
export function Whole({ cut, isEmpty, children, footer }: WholeProps) {
  const { taskId } = useTimeline();
  const [isWanted, setWanted] = useState(isEmpty === true);
  const seqs = cut.map(({ seq }) => seq);
  const {
    data: whole = [],
    error,
    isFetching,
  } = useQuery({
    ...eventsQuery(taskId, seqs),
    enabled: isWanted && seqs.length > 0,
    // An answer that comes after its call is read as well; what is open stays open meanwhile.
    placeholderData: keepPreviousData,
  });
  const size = cut.reduce((sum, event) => sum + (event.whole_bytes ?? 0), 0);
  return (
    <>
      {children(whole)}
      {whole.length < cut.length && (
        <QuietButton onClick={() => setWanted(true)} disabled={isFetching}>
          {isFetching && <LoaderCircle aria-hidden className="mr-1 size-3.5 animate-spin" />}
          {isFetching ? 'Reading' : 'Show full'} ({bytes(size)})
        </QuietButton>
      )}
      {error && <p className="text-danger text-xs">It could not be read: {toProblem(error).message}</p>}
      {footer?.(whole)}
    </>
  );
}

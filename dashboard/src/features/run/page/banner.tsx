import { LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { number } from '@/lib/format';
import { useConnection } from '@/live/connection';

/** A cut that is over before this is none that anybody sees. */
const QUIET_MS = 300;

/** Says that the log stands still because of the connection, and that nothing of it will be missing. */
export function ReconnectBanner({ lastSeq }: { lastSeq: number }) {
  const phase = useConnection((connection) => connection.phase);
  const isLost = phase === 'lost' || phase === 'polling';
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(isLost), isLost ? QUIET_MS : 0);
    return () => clearTimeout(timer);
  }, [isLost]);
  if (!isShown || !isLost) return null;
  return (
    <p
      role="status"
      className="flex items-center gap-2 border-b border-warning/30 bg-warning/10 px-4 py-1.5 text-sm md:px-8"
    >
      <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-warning [animation-duration:2s]" />
      <span>
        <strong className="font-medium">Reconnecting.</strong> The log resumes at event {number(lastSeq + 1)}.
        {phase === 'polling' && ' Until then it is read every few seconds.'}
      </span>
    </p>
  );
}

import { cn } from '@/lib/cn';
import { type Phase, useConnection } from '@/live/connection';
import { Tooltip } from '@/ui/tooltip';

const PHASES: Record<Phase, { word: string; about: string; dot: string }> = {
  idle: { word: 'Not connected', about: 'Nothing on this page is live.', dot: 'bg-neutral' },
  connecting: { word: 'Connecting', about: 'Connecting to live updates.', dot: 'bg-warning' },
  open: { word: 'Live', about: 'What happens is shown as it happens.', dot: 'bg-success' },
  lost: {
    word: 'Reconnecting',
    about: 'The connection was lost. Nothing is missed: it is read again.',
    dot: 'bg-warning',
  },
  polling: {
    word: 'Polling',
    about: 'No live connection: changes are read every few seconds.',
    dot: 'bg-warning',
  },
};

/** Whether what is shown is live: a dot and, where there is room, a word. */
export function ConnectionDot({ compact }: { compact?: boolean }) {
  const phase = useConnection((connection) => connection.phase);
  const { word, about, dot } = PHASES[phase];
  return (
    <Tooltip label={about} side="right">
      <div
        role="status"
        className={cn('flex items-center gap-2.5 text-muted-foreground text-xs', compact ? 'p-2' : 'h-7 px-3')}
      >
        <span aria-hidden className={cn('size-2 shrink-0 rounded-full', dot, phase === 'lost' && 'animate-pulse')} />
        <span className={compact ? 'sr-only' : undefined}>{word}</span>
      </div>
    </Tooltip>
  );
}

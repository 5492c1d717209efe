import {
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleX,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react';
import type { State } from '@/api/types';
import { cn } from '@/lib/cn';
import { badgeVariants, type Tone } from './badge';

interface StateLook {
  word: string;
  tone: Tone;
  icon: LucideIcon;
  /** Before the title in the window's tab. */
  glyph: string;
  terminal: boolean;
}

/** Every state there is. A new one does not compile until it has its look here. */
export const STATES: Record<State, StateLook> = {
  scheduled: { word: 'Scheduled', tone: 'neutral', icon: CalendarClock, glyph: '◷', terminal: false },
  queued: { word: 'Queued', tone: 'neutral', icon: CircleDashed, glyph: '◌', terminal: false },
  starting: { word: 'Starting', tone: 'running', icon: CirclePlay, glyph: '▷', terminal: false },
  running: { word: 'Running', tone: 'running', icon: LoaderCircle, glyph: '▶', terminal: false },
  waiting: { word: 'Waiting', tone: 'warning', icon: CirclePause, glyph: '⏸', terminal: false },
  succeeded: { word: 'Succeeded', tone: 'success', icon: CircleCheck, glyph: '✓', terminal: true },
  failed: { word: 'Failed', tone: 'danger', icon: CircleX, glyph: '✗', terminal: true },
  canceled: { word: 'Canceled', tone: 'neutral', icon: Ban, glyph: '⊘', terminal: true },
};

export const isTerminal = (state: State) => STATES[state].terminal;

interface StateChipProps {
  state: State;
  /** Somebody called it off and it has not ended yet. */
  canceling?: boolean | undefined;
  className?: string;
}

/** A state as icon and word, never as colour alone. */
export function StateChip({ state, canceling, className }: StateChipProps) {
  const look = STATES[state];
  const Icon = look.icon;
  const turning = state === 'running' && !canceling;
  return (
    <span data-slot="state-chip" data-state-name={state} className={cn(badgeVariants({ tone: look.tone }), className)}>
      <Icon
        aria-hidden
        className={cn(turning && 'animate-spin [animation-duration:2.4s] motion-reduce:animate-none')}
      />
      {canceling && !look.terminal ? 'Canceling' : look.word}
    </span>
  );
}

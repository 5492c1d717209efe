import type { QueueView } from '@/api/types';
import { number } from '@/lib/format';
import { Figure, Figures } from '@/ui/figures';
import { Time } from '@/ui/time';
import { about } from './words';

/** Depth, rates, the oldest and how long it takes. */
export function Numbers({ view }: { view: QueueView }) {
  return (
    <Figures columns="lg:grid-cols-4">
      <Figure
        label="Waiting"
        value={`${number(view.depth)}${view.more ? '+' : ''}`}
        note={view.more ? 'at least; there are more' : 'in the queue'}
      />
      <Figure
        label="Started in the last hour"
        value={number(view.started_per_hour)}
        note={`${number(view.ended_per_hour)} ended`}
      />
      <Figure
        label="Oldest waiting"
        value={view.oldest_queued_at ? <Time at={view.oldest_queued_at} /> : '–'}
        note="since it was handed in"
      />
      <Figure
        label="A new task starts in"
        value={view.paused || view.estimate_s == null ? '–' : about(view.estimate_s)}
        note={estimateNote(view)}
      />
    </Figures>
  );
}

function estimateNote(view: QueueView): string {
  if (view.paused) return 'not before the queue resumes';
  return view.estimate_s == null ? 'too little has run lately to tell' : 'if runs take as long as they lately did';
}

import type { ReactNode } from 'react';
import type { QueueView } from '@/api/soon';
import { Time } from '@/ui/time';
import { about } from './words';

/** Depth, rates, the oldest and how long it takes. */
export function Numbers({ view }: { view: QueueView }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border lg:grid-cols-4">
      <Figure label="Waiting" note={view.more ? 'at least; there are more' : 'in the queue'}>
        {view.depth.toLocaleString('en')}
        {view.more && '+'}
      </Figure>
      <Figure label="Started in the last hour" note={`${view.ended_per_hour.toLocaleString('en')} ended`}>
        {view.started_per_hour.toLocaleString('en')}
      </Figure>
      <Figure label="Oldest waiting" note="since it was handed in">
        {view.oldest_queued_at ? <Time at={view.oldest_queued_at} /> : '–'}
      </Figure>
      <Figure label="A new task starts in" note={estimateNote(view)}>
        {view.paused || view.estimate_s == null ? '–' : about(view.estimate_s)}
      </Figure>
    </dl>
  );
}

function estimateNote(view: QueueView): string {
  if (view.paused) return 'not before the queue resumes';
  return view.estimate_s == null ? 'too little has run lately to tell' : 'if runs take as long as they lately did';
}

function Figure({ label, note, children }: { label: string; note: string; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-card p-4">
      <dt className="text-muted-foreground text-xs">{label}</dt>
      <dd className="mt-1 font-semibold text-2xl tabular-nums tracking-tight max-sm:text-xl">{children}</dd>
      <dd className="mt-0.5 text-muted-foreground text-xs">{note}</dd>
    </div>
  );
}

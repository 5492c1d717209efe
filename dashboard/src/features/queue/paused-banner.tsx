import { Play } from 'lucide-react';
import { clean } from '@/lib/clean';
import { Button } from '@/ui/button';
import { Time } from '@/ui/time';
import { useResume } from './api';
import type { Pause } from './types';

interface PausedBannerProps {
  paused: Pause;
  running: number;
}

export function PausedBanner({ paused, running }: PausedBannerProps) {
  const resume = useResume();
  return (
    <section
      aria-label="The queue is paused"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl border border-warning/40 bg-warning/8 px-5 py-4"
    >
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="font-semibold">Paused: nothing new starts</h2>
        <p className="text-muted-foreground text-sm">
          By {paused.by.email ?? 'somebody whose account is gone'}, <Time at={paused.at} />.{' '}
          {!paused.drained && running > 0
            ? `${running} still ${running === 1 ? 'runs' : 'run'} to the end.`
            : 'Nothing runs any more.'}
        </p>
        {paused.note && <p className="mt-1 text-sm">“{clean(paused.note)}”</p>}
      </div>
      <Button busy={resume.isPending} onClick={() => resume.mutate()}>
        <Play aria-hidden />
        Resume
      </Button>
    </section>
  );
}

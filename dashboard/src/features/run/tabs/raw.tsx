import { useVirtualizer } from '@tanstack/react-virtual';
import { Download } from 'lucide-react';
import { useRef } from 'react';
import type { Task } from '@/api/types';
import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { download, fileName } from '../header/download';
import { toJsonLines } from '../model/export';
import type { RunState } from '../model/fold';
import { pretty } from '../model/text';

/** The log as the server has it, event by event. */
export default function Raw({ task, run }: { task: Task; run: RunState }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: run.events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    getItemKey: (index) => run.firstSeq + index,
    overscan: 10,
  });
  const text = () => toJsonLines(run.events);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 border-b px-4 py-1.5 text-muted-foreground text-sm md:px-8">
        {plural(run.events.length, 'event')}
        {run.firstSeq > 1 && ` from event ${run.firstSeq} on`}
        <div className="ml-auto flex items-center gap-1">
          <CopyButton text={text} label="Copy as JSON lines" />
          <Button
            variant="ghost"
            size="sm"
            onClick={() => download(fileName(task.title, task.id, 'jsonl'), 'application/jsonl', [text()])}
          >
            <Download aria-hidden />
            <span className="max-sm:sr-only">Download</span>
          </Button>
        </div>
      </div>
      <section
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Events as JSON"
        className="min-h-0 flex-1 overflow-auto font-mono text-xs"
      >
        <div style={{ height: virtualizer.getTotalSize() }} className="relative">
          {virtualizer.getVirtualItems().map((item) => {
            const event = run.events[item.index];
            if (event === undefined) return null;
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0 flex gap-3 border-b border-border/50 px-4 py-1 md:px-8"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className="w-12 shrink-0 text-right text-muted-foreground tabular-nums">{event.seq}</span>
                <code className="min-w-0 flex-1 whitespace-pre-wrap break-all">{shown(event)}</code>
              </div>
            );
          })}
        </div>
      </section>
    </div>
  );
}

const MOST = 4_000;
const shown = (event: unknown) => {
  const text = pretty(event, 0);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
};

import { Braces, Link2, LoaderCircle, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { duration } from '@/lib/format';
import { CopyButton } from '@/ui/copy-button';
import { Skeleton } from '@/ui/skeleton';
import { pretty } from '../model/text';
import { cutEvents, durationOf, hasFailed, outputOf, summaryOf } from '../model/tools';
import type { RunEvent, ToolEntry } from '../model/types';
import { Output } from '../text/block';
import { viewOf } from '../tools/registry';
import { useTimeline } from './context';
import { Guard } from './guard';
import { RowButton, RowTool } from './row-button';
import { Whole } from './whole';

const Detail = lazy(() => import('../tools/detail'));

/** Shorter than this is not worth a word. */
const NOTABLE_MS = 1_000;

type ToolRowProps = {
  tool: ToolEntry;
  isOpen: boolean;
  isRunning: boolean;
  remark?: string | undefined;
  tabIndex: number;
};

/** One quiet line for a call; all of it below, once it is open. */
export function ToolRow({ tool, isOpen, isRunning, remark, tabIndex }: ToolRowProps) {
  const { toggle } = useTimeline();
  const { icon: Icon, Aside } = viewOf(tool.name);
  const summary = summaryOf(tool);
  const failed = hasFailed(tool);
  const ms = durationOf(tool);
  const note = remark ?? summary.remark;
  return (
    <>
      <RowButton isOpen={isOpen} tabIndex={tabIndex} onClick={() => toggle(tool.key, !isOpen)}>
        <ToolIcon icon={Icon} failed={failed} isRunning={isRunning} />
        <span className={cn('shrink-0 font-medium', failed && 'text-danger')}>{clean(summary.label)}</span>
        <span className={cn('min-w-0 truncate text-muted-foreground', summary.isCode && 'font-mono text-xs')}>
          {clean(summary.subject.slice(0, 400))}
        </span>
        {Aside && <Aside tool={tool} />}
        {note && <span className="shrink-0 text-muted-foreground text-xs">{clean(note)}</span>}
        {failed && <span className="sr-only">failed</span>}
        {isRunning && <span className="sr-only">running</span>}
        {ms !== null && ms >= NOTABLE_MS && (
          <span className="ml-auto shrink-0 pl-2 text-muted-foreground text-xs tabular-nums">{duration(ms)}</span>
        )}
      </RowButton>
      {isOpen && <ToolBody tool={tool} />}
    </>
  );
}

function ToolIcon({ icon: Icon, failed, isRunning }: { icon: typeof X; failed: boolean; isRunning: boolean }) {
  if (isRunning) return <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-running" />;
  if (failed) return <X aria-hidden className="size-4 shrink-0 text-danger" />;
  return <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />;
}

/** The call with what is whole of it in the place of its previews. */
function completed(tool: ToolEntry, whole: readonly RunEvent[]): ToolEntry {
  const call = whole.find((event) => event.type === 'tool_use') ?? tool.call;
  const result = whole.find((event) => event.type === 'tool_result') ?? tool.result;
  return { ...tool, call, result, input: call === null ? tool.input : call.input };
}

function ToolBody({ tool }: { tool: ToolEntry }) {
  const { copyLink } = useTimeline();
  const [isRaw, setRaw] = useState(false);
  const isEmpty =
    tool.result?.truncated === true && tool.result.content === undefined && tool.result.detail === undefined;
  const buttons = (events: readonly RunEvent[]) => (
    <div className="flex items-center gap-0.5">
      <RowTool label={isRaw ? 'Show as usual' : 'Show raw JSON'} isPressed={isRaw} onClick={() => setRaw(!isRaw)}>
        <Braces aria-hidden />
      </RowTool>
      <CopyButton label="Copy output" text={() => outputOf(completed(tool, events).result)} />
      <RowTool label="Copy link to this event" onClick={() => copyLink(tool.seq)}>
        <Link2 aria-hidden />
      </RowTool>
    </div>
  );
  return (
    <div className="relative pt-1 pb-2 pl-[1.625rem]">
      <Whole cut={cutEvents(tool)} isEmpty={isEmpty} footer={buttons}>
        {(events) => {
          const shown = completed(tool, events);
          return (
            <Guard fallback={<Output text={pretty([shown.call, shown.result])} />}>
              <Suspense fallback={<Skeleton className="my-2 h-16" />}>
                <Detail tool={shown} isRaw={isRaw} />
              </Suspense>
            </Guard>
          );
        }}
      </Whole>
    </div>
  );
}

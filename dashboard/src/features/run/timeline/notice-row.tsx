import { CircleAlert, CircleCheck, Link2, TriangleAlert } from 'lucide-react';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { CopyButton } from '@/ui/copy-button';
import { bodyOf, type Tone, wordsOf } from '../model/notices';
import type { Notice, NoticeEntry, RunEvent } from '../model/types';
import { Output } from '../text/block';
import { useTimeline } from './context';
import { RowButton, RowTool } from './row-button';
import { Whole } from './whole';

const ICONS: Record<Tone, typeof CircleAlert | null> = {
  plain: null,
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
};
const COLOURS: Record<Tone, string> = {
  plain: 'text-muted-foreground',
  good: 'text-success',
  warn: 'text-warning',
  bad: 'text-danger',
};

type NoticeRowProps = { entry: NoticeEntry; isOpen: boolean; tabIndex: number };

/** What happened around the agent: small, and open to who wants to know more. */
export function NoticeRow({ entry, isOpen, tabIndex }: NoticeRowProps) {
  const { toggle, copyLink } = useTimeline();
  const words = wordsOf(entry.event);
  const Icon = ICONS[words.tone];
  return (
    <>
      <RowButton
        isOpen={isOpen}
        tabIndex={tabIndex}
        onClick={() => toggle(entry.key, !isOpen)}
        className={cn('text-xs', words.isRule && 'run-rule my-2')}
      >
        {Icon === null ? (
          <span aria-hidden className="grid size-4 shrink-0 place-items-center">
            <span className="size-1 rounded-full bg-border" />
          </span>
        ) : (
          <Icon aria-hidden className={cn('size-4 shrink-0', COLOURS[words.tone])} />
        )}
        <span className={cn('shrink-0 font-medium', COLOURS[words.tone])}>{words.title.slice(0, 200)}</span>
        {words.remark && <span className="min-w-0 truncate text-muted-foreground">{words.remark}</span>}
      </RowButton>
      {isOpen && (
        <div className="pt-1 pb-2 pl-[1.625rem]">
          <Whole cut={entry.event.truncated === true ? [entry.event] : []}>
            {([whole]: readonly RunEvent[]) => {
              const text = bodyOf((whole ?? entry.event) as Notice);
              return <Output text={text} label={words.title} failed={words.tone === 'bad'} />;
            }}
          </Whole>
          <div className="flex items-center gap-0.5">
            <CopyButton label="Copy" text={() => clean(bodyOf(entry.event))} />
            <RowTool label="Copy link to this event" onClick={() => copyLink(entry.seq)}>
              <Link2 aria-hidden />
            </RowTool>
          </div>
        </div>
      )}
    </>
  );
}

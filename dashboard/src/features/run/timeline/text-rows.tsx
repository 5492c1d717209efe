import { Brain, Link2, User } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { clean } from '@/lib/clean';
import { CopyButton } from '@/ui/copy-button';
import { contentText, firstLine } from '../model/text';
import type { Entry, RunEvent, TextEntry, ThinkingEntry, UserEntry } from '../model/types';
import { Capped } from '../text/capped';
import { Prose } from '../text/prose';
import { useTimeline } from './context';
import { RowButton, RowTool } from './row-button';
import { Whole } from './whole';

const cutOf = ({ event }: TextEntry | ThinkingEntry | UserEntry): RunEvent[] =>
  event.truncated === true ? [event] : [];
const textIn = (event: RunEvent | undefined): string | undefined =>
  event?.type === 'text' || event?.type === 'thinking' ? event.text : undefined;

/** A passage that is read. Its tools come with the pointer or the focus, so that the page stays a page. */
function Passage({
  entry,
  label,
  tabIndex,
  text,
  children,
}: {
  entry: Entry;
  label: string;
  tabIndex: number;
  text: () => string;
  children: ReactNode;
}) {
  const { copyLink } = useTimeline();
  const [isHot, setHot] = useState(false);
  return (
    <article
      data-row
      aria-label={label}
      tabIndex={tabIndex}
      className="run-row relative rounded-md px-1.5 py-2"
      onPointerEnter={() => setHot(true)}
      onPointerLeave={() => setHot(false)}
      onFocus={() => setHot(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setHot(false)}
    >
      {children}
      {isHot && (
        <div className="absolute top-1 right-1 flex rounded-md border bg-card">
          <CopyButton label="Copy text" text={text} />
          <RowTool label="Copy link to this event" onClick={() => copyLink(entry.seq)}>
            <Link2 aria-hidden />
          </RowTool>
        </div>
      )}
    </article>
  );
}

export function TextRow({ entry, tabIndex }: { entry: TextEntry; tabIndex: number }) {
  const { error } = entry.event;
  return (
    <Passage
      entry={entry}
      label={error ? 'Error of the model' : 'Agent'}
      tabIndex={tabIndex}
      text={() => entry.event.text}
    >
      <div className={error ? 'rounded-lg border border-danger/30 bg-danger/5 px-3 py-2' : undefined}>
        {error && <p className="mb-1 font-medium text-danger text-xs">{clean(error).replaceAll('_', ' ')}</p>}
        <Whole cut={cutOf(entry)}>{([whole]) => <Prose text={textIn(whole) ?? entry.event.text} />}</Whole>
      </div>
    </Passage>
  );
}

export function UserRow({ entry, tabIndex }: { entry: UserEntry; tabIndex: number }) {
  return (
    <Passage entry={entry} label="User" tabIndex={tabIndex} text={() => contentText(entry.event.content)}>
      <div className="flex max-w-[46rem] gap-2.5 rounded-lg border bg-card px-3 py-2.5">
        <User aria-hidden className="mt-0.5 size-4 shrink-0 text-primary" />
        <div className="min-w-0 whitespace-pre-wrap">
          <Whole cut={cutOf(entry)}>
            {([whole]) => (
              <Capped text={clean(contentText(whole?.type === 'user' ? whole.content : entry.event.content))}>
                {(shown) => shown}
              </Capped>
            )}
          </Whole>
        </div>
      </div>
    </Passage>
  );
}

export function ThinkingRow({ entry, isOpen, tabIndex }: { entry: ThinkingEntry; isOpen: boolean; tabIndex: number }) {
  const { toggle } = useTimeline();
  return (
    <>
      <RowButton isOpen={isOpen} tabIndex={tabIndex} onClick={() => toggle(entry.key, !isOpen)}>
        <Brain aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <span className="shrink-0 text-muted-foreground">Thinking</span>
        {!isOpen && (
          <span className="min-w-0 truncate text-muted-foreground italic">
            {clean(firstLine(entry.event.text)).slice(0, 300)}
          </span>
        )}
      </RowButton>
      {isOpen && (
        <div className="pt-1 pb-2 pl-[1.625rem] text-muted-foreground">
          <Whole cut={cutOf(entry)}>{([whole]) => <Prose text={textIn(whole) ?? entry.event.text} />}</Whole>
        </div>
      )}
    </>
  );
}

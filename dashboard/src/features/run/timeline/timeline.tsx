import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { toast } from '@/ui/toast';
import type { RunState } from '../model/fold';
import { type Filter, type Line, linesOf } from '../model/lines';
import type { Match } from '../model/search';
import type { Seen } from '../use-run';
import { setOpen, useOpenness } from '../view-state';
import { TimelineContext } from './context';
import { JumpToLatest } from './jump';
import { Row } from './row';
import { NEAR_END, useFollow } from './use-follow';
import { type Goal, useGoal } from './use-goal';
import { useHand } from './use-hand';
import { useHighlights } from './use-highlights';

/** What the rest of the page can make the timeline do. */
export type TimelineDoor = {
  go: (goal: Goal) => void;
  /** To the next row, or the one before. */
  step: (by: 1 | -1) => void;
  latest: () => void;
  setActiveOpen: (isOpen: boolean | 'toggle') => void;
  activeSeq: () => number | undefined;
  /** Keeps what is on top on top while `change` opens or closes much. */
  hold: (change: () => void) => void;
};

type TimelineProps = {
  taskId: string;
  run: RunState;
  filter: Filter;
  revealed: ReadonlySet<string>;
  pattern: RegExp | null;
  match: Match | undefined;
  seen: { current: Seen };
  /** Something else than the end is looked at first. */
  startsElsewhere: boolean;
  door: React.Ref<TimelineDoor>;
  empty: ReactNode;
};

const ESTIMATES: Record<string, number> = { text: 96, user: 64, step: 30, thinking: 30, tool: 30, notice: 30 };
const estimate = (line: Line | undefined) => {
  if (line === undefined) return 30;
  const kind = line.kind === 'step' ? 'step' : line.entry.kind;
  return (ESTIMATES[kind] ?? 30) + (line.isOpen && kind !== 'text' && kind !== 'step' ? 180 : 0);
};
const keyAround = (target: Element) => target.closest('[data-key]')?.getAttribute('data-key') ?? undefined;
const seqOf = (line: Line | undefined) => (line?.kind === 'step' ? line.tools[0]?.seq : line?.entry.seq);

export function Timeline({
  taskId,
  run,
  filter,
  revealed,
  pattern,
  match,
  seen,
  startsElsewhere,
  door,
  empty,
}: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const openness = useOpenness(taskId);
  const follow = useFollow(run);
  const held = useRef(new Set<string>());
  const lines = useMemo(
    () => linesOf(run, { filter, openness, revealed, ...(follow.isFollowing ? {} : { held: held.current }) }),
    [run, filter, openness, revealed, follow.isFollowing],
  );
  if (follow.isFollowing)
    held.current = new Set(lines.filter(({ kind, isOpen }) => kind === 'step' && isOpen).map(({ key }) => key));

  const [activeKey, setActiveKey] = useState<string>();
  const activeIndex = Math.max(
    0,
    activeKey === undefined ? lines.length - 1 : lines.findIndex(({ key }) => key === activeKey),
  );
  const { isByHand, handlers } = useHand();
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(lines[index]),
    getItemKey: (index) => lines[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    // Below nought nothing counts as the end: who reads is not taken along.
    scrollEndThreshold: follow.isFollowing ? NEAR_END : -1,
    overscan: 4,
    paddingStart: 8,
    paddingEnd: 24,
    rangeExtractor: (range: Range) => withActive(defaultRangeExtractor(range), activeIndex, range.count),
    onChange: (instance) => follow.scrolled(instance.isAtEnd(NEAR_END), isByHand()),
  });
  const openStep = useCallback((key: string) => setOpen(taskId, [key], true), [taskId]);
  const goTo = useGoal(lines, virtualizer, scroller, openStep);

  const hasStarted = useRef(startsElsewhere);
  // The rows are measured as they are drawn: the end is where it is only after a few of these.
  useLayoutEffect(() => {
    if (hasStarted.current || lines.length === 0) return;
    hasStarted.current = isByHand() || (virtualizer.getTotalSize() > 0 && virtualizer.isAtEnd(1));
    if (!hasStarted.current) virtualizer.scrollToEnd();
  });

  useKeptEnd(scroller, follow.isFollowing, virtualizer.scrollToEnd);

  const items = virtualizer.getVirtualItems();
  useEffect(() => {
    const [first, last] = [lines[items[0]?.index ?? 0], lines[items.at(-1)?.index ?? 0]];
    seen.current = { from: seqOf(first) ?? 0, to: seqOf(last) ?? 0 };
  });
  useHighlights(scroller, pattern, match);

  const { read, follow: attach } = follow;
  const actions = useMemo(
    () => ({
      taskId,
      toggle(key: string, isOpen: boolean) {
        read();
        setActiveKey(key);
        setOpen(taskId, [key], isOpen);
      },
      copyLink: (seq: number) => void copyLink(taskId, seq),
    }),
    [taskId, read],
  );
  const latest = useCallback(() => {
    attach();
    setActiveKey(undefined);
    virtualizer.scrollToEnd();
    // What had the focus is far up now, or gone.
    scroller.current?.focus({ preventScroll: true });
  }, [attach, virtualizer]);

  useImperativeHandle(door, () => ({
    go(goal) {
      read();
      setActiveKey(goal.key);
      goTo(goal);
    },
    step(by) {
      const next = lines[activeKey === undefined ? lines.length - 1 : activeIndex + by];
      if (next === undefined) return;
      if (by < 0) read();
      setActiveKey(next.key);
      goTo({ key: next.key, align: 'auto', focus: true });
    },
    latest,
    setActiveOpen(isOpen) {
      const line = lines[activeIndex];
      if (line !== undefined) actions.toggle(line.key, isOpen === 'toggle' ? !line.isOpen : isOpen);
    },
    activeSeq: () => seqOf(lines[activeIndex]),
    hold(change) {
      const top = lines[virtualizer.getVirtualItemForOffset(virtualizer.scrollOffset ?? 0)?.index ?? 0];
      const isFollowing = follow.isFollowing;
      change();
      if (isFollowing) requestAnimationFrame(latest);
      else if (top?.kind === 'entry') goTo({ key: top.key, align: 'start', focus: false });
    },
  }));

  return (
    <TimelineContext value={actions}>
      <div className="relative min-h-0 flex-1">
        <div
          ref={scroller}
          role="log"
          aria-label="Activity"
          aria-live="off"
          className="run-scroller -outline-offset-2 h-full overflow-y-auto overflow-x-hidden"
          onFocus={(event) => setActiveKey(keyAround(event.target))}
          {...handlers}
        >
          {lines.length === 0 ? (
            empty
          ) : (
            <div style={{ height: virtualizer.getTotalSize() }} className="relative w-full">
              {items.map((item) => {
                const line = lines[item.index];
                if (line === undefined) return null;
                return (
                  <div
                    key={item.key}
                    ref={virtualizer.measureElement}
                    data-index={item.index}
                    data-key={line.key}
                    className="absolute inset-x-0 top-0 px-2.5 md:px-[1.625rem]"
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <Row line={line} tabIndex={item.index === activeIndex ? 0 : -1} />
                  </div>
                );
              })}
            </div>
          )}
        </div>
        {follow.isAway && <JumpToLatest news={follow.news} onClick={latest} />}
      </div>
    </TimelineContext>
  );
}

/** Where the window, or a banner above, takes room from the log, who follows it still sees its end. */
function useKeptEnd(scroller: RefObject<HTMLElement | null>, isFollowing: boolean, toEnd: () => void) {
  useEffect(() => {
    if (!isFollowing || scroller.current === null) return;
    const observer = new ResizeObserver(() => toEnd());
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller, isFollowing, toEnd]);
}

/** The row that has the focus is drawn wherever it is: else the focus would be lost by scrolling. */
function withActive(indexes: number[], active: number, count: number): number[] {
  if (active >= count || indexes.includes(active)) return indexes;
  return [...indexes, active].sort((a, b) => a - b);
}

async function copyLink(taskId: string, seq: number) {
  try {
    await navigator.clipboard.writeText(`${window.location.origin}/tasks/${taskId}?e=${seq}`);
    toast.success('Link copied');
  } catch (error) {
    toast.error('Nothing was copied', error);
  }
}

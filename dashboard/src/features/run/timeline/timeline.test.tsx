import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { createRef } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Story } from '../fixtures/story';
import { applyEvents, emptyRun, type RunState } from '../model/fold';
import { useViews } from '../view-state';
import { Timeline, type TimelineDoor } from './timeline';

const VIEW = 800;
const ROW = 30;

/** happy-dom lays nothing out: the window on the log is 800 px high, each row 30 px. */
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return this.getAttribute('role') === 'log' ? VIEW : ROW;
  });
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(VIEW);
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return Number.parseFloat((this.firstElementChild as HTMLElement | null)?.style.height ?? '0');
  });
  vi.spyOn(HTMLElement.prototype, 'scrollTo').mockImplementation(function (
    this: HTMLElement,
    options?: ScrollToOptions | number,
  ) {
    const top = typeof options === 'object' ? (options.top ?? 0) : 0;
    this.scrollTop = Math.max(0, Math.min(top, this.scrollHeight - VIEW));
    setTimeout(() => this.dispatchEvent(new Event('scroll')));
  });
  useViews.setState({ openness: {} });
});
afterEach(() => vi.restoreAllMocks());

function log(count: number): Story {
  const story = new Story();
  while (story.events.length < count) story.say({ type: 'text', text: `word ${story.events.length + 1}` });
  return story;
}
const topOf = (row: HTMLElement) => Number(/translateY\((.+)px\)/.exec(row.style.transform)?.[1]);
const door = createRef<TimelineDoor>();
const settle = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 250))));

function page(run: RunState) {
  return (
    <QueryClientProvider client={new QueryClient()}>
      <Timeline
        taskId="task_1"
        run={run}
        filter="all"
        revealed={new Set()}
        pattern={null}
        match={undefined}
        seen={{ current: { from: 0, to: 0 } }}
        startsElsewhere={false}
        door={door}
        empty="Nothing so far"
      />
    </QueryClientProvider>
  );
}

async function open(count: number) {
  const story = log(count);
  const view = render(page(applyEvents(emptyRun(), story.events)));
  await settle();
  const scroller = screen.getByRole('log');
  const grow = async (more: number) => {
    for (let at = 0; at < more; at += 1) story.say({ type: 'text', text: `new ${at}` });
    view.rerender(page(applyEvents(emptyRun(), story.events)));
    await settle();
  };
  const wheelTo = async (top: number) => {
    fireEvent.wheel(scroller);
    scroller.scrollTop = top;
    fireEvent.scroll(scroller);
    await settle();
  };
  const isAtEnd = () => scroller.scrollHeight - VIEW - scroller.scrollTop <= 1;
  return { scroller, grow, wheelTo, isAtEnd, container: view.container };
}

describe('the timeline', () => {
  test('row 1: 10,000 events are at most 600 elements', async () => {
    const { container } = await open(10_000);
    expect(container.querySelectorAll('[data-key]').length).toBeGreaterThan(VIEW / ROW);
    expect(container.querySelectorAll('*').length).toBeLessThanOrEqual(600);
  });

  test('row 2: it begins at the end, and follows what is new', async () => {
    const { isAtEnd, grow } = await open(500);
    expect(isAtEnd()).toBe(true);
    await grow(20);
    expect(isAtEnd()).toBe(true);
    expect(screen.queryByRole('button', { name: /latest/i })).toBeNull();
  });

  test('row 2: reading position unchanged while 200 events arrive', async () => {
    const { scroller, grow, wheelTo } = await open(500);
    await wheelTo(3_000);
    const row = [...scroller.querySelectorAll<HTMLElement>('[data-key]')].find(
      (drawn) => topOf(drawn) >= 3_000,
    ) as HTMLElement;
    const before = [scroller.scrollTop, row.style.transform];
    for (let at = 0; at < 10; at += 1) await grow(20);
    expect([scroller.scrollTop, row.style.transform]).toEqual(before);
    expect(row.isConnected).toBe(true);
    expect(screen.getByRole('button', { name: /latest/i })).toHaveTextContent('200 new');
  });

  test('row 2: "Jump to latest" goes there, and follows again', async () => {
    const { grow, wheelTo, isAtEnd } = await open(500);
    await wheelTo(3_000);
    fireEvent.click(screen.getByRole('button', { name: /latest/i }));
    await settle();
    expect(isAtEnd()).toBe(true);
    await grow(5);
    expect(isAtEnd()).toBe(true);
  });

  test('row 10: a row far away is gone to, and has the focus', async () => {
    const { scroller } = await open(2_000);
    act(() => door.current?.go({ key: 'e77', align: 'center', focus: true }));
    await settle();
    expect(scroller.querySelector('[data-key="e77"]')?.contains(document.activeElement)).toBe(true);
    expect(door.current?.activeSeq()).toBe(77);
  });

  test('J and K go from row to row, and the row with the focus is always drawn', async () => {
    const { scroller, wheelTo } = await open(500);
    act(() => door.current?.go({ key: 'e100', align: 'center', focus: true }));
    await settle();
    act(() => door.current?.step(1));
    await settle();
    expect(document.activeElement?.closest('[data-key]')?.getAttribute('data-key')).toBe('e101');
    await wheelTo(14_000);
    expect(scroller.querySelector('[data-key="e101"]')).not.toBeNull();
    expect(scroller.querySelectorAll('[data-row][tabindex="0"]')).toHaveLength(1);
  });
});

import type { Page } from 'playwright-core';

/**
 * What is measured inside the page. Each function is sent there as text: it knows nothing of this module.
 */

export type Painted = {
  /** When the largest thing was painted, in ms after the page was asked for. */
  largest: number;
  /** How much of what was seen jumped. */
  shift: number;
};

/** Before the page begins: notes what is painted. */
export async function watchPaints(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const painted = { largest: 0, shift: 0 };
    Object.assign(globalThis, { painted });
    new PerformanceObserver((list) => {
      for (const { startTime } of list.getEntries()) painted.largest = startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) painted.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** Once nothing larger was painted for a second. */
export async function paints(page: Page): Promise<Painted> {
  const settled = () => {
    const { painted } = globalThis as unknown as { painted: Painted };
    return performance.now() - painted.largest > 1000 && painted;
  };
  return (await page.waitForFunction(settled)).jsonValue() as Promise<Painted>;
}

/** The time between frames, in ms, while `scroll` runs. */
export async function frames(page: Page, scroll: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const told: number[] = [];
    Object.assign(globalThis, { frames: told });
    let before = performance.now();
    const tick = (now: number) => {
      told.push(now - before);
      before = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await scroll();
  return page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames.slice(1));
}

export type Seen = Record<string, { came: number; painted: number }>;

/**
 * Before the page begins: notes when each text came by the socket, and when it was painted, in ms of the machine's clock.
 */
export async function watchTexts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const now = () => performance.timeOrigin + performance.now();
    const came = new Map<string, number>();
    const seen: Record<string, { came: number; painted: number }> = {};
    Object.assign(globalThis, { seen });

    globalThis.WebSocket = class extends WebSocket {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given);
        this.addEventListener('message', ({ data }) => {
          for (const { text } of JSON.parse(data).events ?? []) if (text) came.set(text, now());
        });
      }
    };
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => {
      for (const text of data) {
        const at = came.get(text);
        if (at !== undefined) seen[text] ??= { came: at, painted: now() };
      }
    };
    // The task after the frame in which a text was drawn is the first one after its paint.
    const drawn = new MutationObserver((changes) => {
      const texts = changes.flatMap(({ addedNodes }) => [...addedNodes].map(({ textContent }) => textContent?.trim()));
      requestAnimationFrame(() => channel.port2.postMessage(texts));
    });
    drawn.observe(document, { childList: true, subtree: true });
  });
}

export const seenTexts = (page: Page): Promise<Seen> =>
  page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);

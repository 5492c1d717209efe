import type { CDPSession, Page } from 'playwright-core';
import type { Person } from './browser.ts';

export const KB = 1024;

/** Another tab of somebody who is signed in, and the browser's own view of it. */
export async function tab<T>(person: Person, use: (page: Page, cdp: CDPSession) => Promise<T>): Promise<T> {
  const page = await person.context.newPage();
  try {
    return await use(page, await page.context().newCDPSession(page));
  } finally {
    await page.close();
  }
}

type Sizes = Record<Kind, number>;

/**
 * What came over the wire for a page that was opened with an empty cache, in KB as compressed, by the kind of file: until it
 * was shown, and what it fetched by itself afterwards.
 */
export function wire(
  person: Person,
  path: string,
  shown: (page: Page) => Promise<void>,
): Promise<{ shown: Sizes; later: Sizes }> {
  return tab(person, async (page, cdp) => {
    const sizes = { shown: none(), later: none() };
    let when: keyof typeof sizes = 'shown';
    const asked = new Map<string, { when: keyof typeof sizes; kind: Kind }>();
    cdp.on('Network.requestWillBeSent', ({ requestId }) => asked.set(requestId, { when, kind: 'other' }));
    cdp.on('Network.responseReceived', ({ requestId, response }) => {
      const request = asked.get(requestId);
      if (request) request.kind = kindOf(response.mimeType);
    });
    cdp.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      const request = asked.get(requestId);
      if (request) sizes[request.when][request.kind] += encodedDataLength / KB;
    });
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(path);
    await shown(page);
    when = 'later';
    await page.waitForLoadState('networkidle');
    return sizes;
  });
}

const none = (): Sizes => ({ script: 0, style: 0, font: 0, other: 0 });

type Kind = 'script' | 'style' | 'font' | 'other';

function kindOf(type: string): Kind {
  if (type.includes('javascript')) return 'script';
  if (type === 'text/css') return 'style';
  return type.startsWith('font/') ? 'font' : 'other';
}

/** What is left in memory once all is thrown away that nobody holds, and what is drawn. */
export async function weight(page: Page, cdp: CDPSession): Promise<{ nodes: number; heapMb: number }> {
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return { nodes, heapMb: usedSize / KB / KB };
}

import { fileURLToPath } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Api } from './api.ts';
import { launch, Person } from './browser.ts';
import { ADMIN, PASSWORD, Stack } from './stack.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EVENTS = 10_000;
const KB = 1024;

let stack: Stack;
let browser: Browser;
let person: Person;
let long: string;

beforeAll(async () => {
  // A scripted child in the place of Claude Code: it says ten thousand things at once.
  const child = [`${ROOT}.venv/bin/python`, `${ROOT}tests/fixtures/scripted.py`];
  stack = await Stack.start({ ERRAND_WRAPPER: JSON.stringify(child), ANTHROPIC_API_KEY: 'nobody-is-asked' });
  browser = await launch();
  const api = await Api.signIn(stack.url);
  ({ id: long } = await api.create(JSON.stringify([['emit', EVENTS, 0]]), { title: 'Ten thousand things' }));
  await api.over(long);
  person = await Person.at(browser, stack.url);
  await person.page.goto('/login');
  await person.page.getByLabel('Email').fill(ADMIN);
  await person.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await person.page.waitForURL('**/tasks');
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** What came over the wire for one page that was opened with an empty cache, by the kind of file. */
async function wire(path: string, settled: (page: Page) => Promise<void>): Promise<Record<string, number>> {
  const page = await person.context.newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  const kinds = new Map<string, string>();
  const bytes: Record<string, number> = {};
  cdp.on('Network.responseReceived', ({ requestId, response }) => kinds.set(requestId, response.mimeType));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? '';
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });
  await page.goto(path);
  await settled(page);
  await page.close();
  return bytes;
}

const script = (bytes: Record<string, number>) =>
  Object.entries(bytes).reduce((sum, [kind, size]) => (/javascript/.test(kind) ? sum + size : sum), 0);

test('the list is at most 150 KB of JavaScript, 10 KB of styles and 55 KB of fonts', async () => {
  const bytes = await wire('/tasks?view=all', (page) => page.getByText('Ten thousand things').first().waitFor());
  console.info(bytes);
  expect(script(bytes)).toBeLessThanOrEqual(150 * KB);
  expect(bytes['text/css'] ?? 0).toBeLessThanOrEqual(10 * KB);
  expect(bytes['font/woff2'] ?? 0).toBeLessThanOrEqual(55 * KB);
});

test('a task is at most 180 KB of JavaScript', async () => {
  const bytes = await wire(`/tasks/${long}`, (page) => page.getByRole('log').waitFor());
  console.info(bytes);
  expect(script(bytes)).toBeLessThanOrEqual(180 * KB);
});

test(`row 1: ${EVENTS} events are at most 600 nodes and 25 MB`, async () => {
  const page = await person.context.newPage();
  await page.goto(`/tasks/${long}`);
  await page.getByRole('tab', { name: 'Raw' }).click();
  // Older pages of the log come in the background.
  await page.getByText(/^10,0\d\d events$/).waitFor();
  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByRole('log').waitFor();
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  console.info({ nodes, heap: usedSize });
  expect(nodes).toBeLessThanOrEqual(600);
  expect(usedSize).toBeLessThanOrEqual(25 * KB * KB);
  await page.close();
});

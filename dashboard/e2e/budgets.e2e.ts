import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { EVENTS, listShown, logShown, longTask, SCRIPTED } from './long-task.ts';
import { tab, weight, wire } from './measure.ts';
import { scene } from './scene.ts';

const at = scene(SCRIPTED);
let long: string;

beforeAll(async () => {
  long = await longTask(at.api);
}, 60_000);

type Case = [what: string, most: number, path: () => string, until: (page: Page) => Promise<void>];
const CASES: Case[] = [
  ['the list', 150, () => '/tasks?view=all', listShown],
  ['a task and the first text in it', 180, () => `/tasks/${long}`, logShown],
];
test.each(CASES)(
  '%s is at most %i KB of scripts, 10 KB of styles and 55 KB of fonts, with all that comes without a click',
  async (what, most, path, until) => {
    const { shown, later } = await wire(at.ada, path(), until);
    console.info(what, { shown, later });
    const all = (kind: 'script' | 'style' | 'font') => shown[kind] + later[kind];
    expect(all('script')).toBeLessThanOrEqual(most);
    expect(all('style')).toBeLessThanOrEqual(10);
    expect(all('font')).toBeLessThanOrEqual(55);
    // What is smaller was not measured.
    expect(all('script')).toBeGreaterThan(90);
    expect(all('style')).toBeGreaterThan(3);
    expect(all('font')).toBeGreaterThan(10);
  },
);

test(`rows 1 and 3: ${EVENTS} events are read whole in the background, and are at most 600 nodes and 25 MB`, async () => {
  const { nodes, heapMb } = await tab(at.ada, async (page, cdp) => {
    await page.goto(`/tasks/${long}`);
    await logShown(page);
    await page.getByRole('tab', { name: 'Raw' }).click();
    await page.getByText(/10,0\d\d events/).waitFor();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await logShown(page);
    return weight(page, cdp);
  });
  console.info({ nodes, heapMb });
  expect(nodes).toBeLessThanOrEqual(600);
  expect(heapMb).toBeLessThanOrEqual(25);
});

test('row 4: the end of a long log is shown before anything of what came before is there', async () => {
  await tab(at.ada, async (page) => {
    await page.route(/events\?before=/, () => undefined);
    await page.goto(`/tasks/${long}`);
    await logShown(page);
  });
});

test('row 3: what came before is put before what is read, which does not move', async () => {
  await tab(at.ada, async (page) => {
    let letCome = (): void => undefined;
    const come = new Promise<void>((resolve) => {
      letCome = resolve;
    });
    await page.route(/events\?before=/, async (route) => {
      await come;
      await route.continue();
    });
    await page.goto(`/tasks/${long}`);
    await logShown(page);
    const log = page.getByRole('log');
    const height = () => log.evaluate(({ scrollHeight }) => scrollHeight);
    await log.hover();
    await page.mouse.wheel(0, -2_000);
    await page.getByRole('button', { name: /Jump to latest/ }).waitFor();
    const key = await log.evaluate((element) => {
      const middle = document.elementFromPoint(innerWidth / 2, element.getBoundingClientRect().top + 200);
      return middle?.closest('[data-key]')?.getAttribute('data-key');
    });
    const read = log.locator(`[data-key="${key}"]`);
    const place = () => read.evaluate((element) => element.getBoundingClientRect().top);
    const before = { place: await place(), height: await height() };
    letCome();
    await expect.poll(height).toBeGreaterThan(20 * before.height);
    expect(await place()).toBe(before.place);
  });
});

import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { frames, type Painted, paints, seenTexts, watchPaints, watchTexts } from './in-page.ts';
import { EVENTS, listShown, logShown, longTask, SCRIPTED } from './long-task.ts';
import { tab, weight, wire } from './measure.ts';
import { median, quantile, Report } from './report.ts';
import { scene } from './scene.ts';

const at = scene(SCRIPTED);
const report = new Report();
let long: string;

beforeAll(async () => {
  long = await longTask(at.api);
}, 60_000);
afterAll(() => report.write());

const PAGES = [
  { what: 'list', path: () => '/tasks?view=all', shown: listShown, scripts: 150, slow: 2_500, fast: 700 },
  {
    what: `task of ${EVENTS} events`,
    path: () => `/tasks/${long}`,
    shown: logShown,
    scripts: 180,
    slow: 3_200,
    fast: 900,
  },
];
const TIMES = 5;

/** A phone of some years ago, on the road. */
async function slow(cdp: CDPSession): Promise<void> {
  const rate = (1.6 * 1024 * 1024) / 8;
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: rate,
    uploadThroughput: rate / 2,
  });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
}

test.each(PAGES)('what it weighs: $what', async ({ what, path, shown, scripts }) => {
  const sizes = await wire(at.ada, path(), shown);
  const all = sizes.shown.script + sizes.later.script;
  report.note('dashboard, brotli', `${what}, scripts until it is shown`, sizes.shown.script, 'KB');
  report.check('dashboard, brotli', `${what}, all scripts that come without a click`, all, 'KB', scripts);
});

test('what the long task weighs in memory', async () => {
  const { nodes, heapMb } = await tab(at.ada, async (page, cdp) => {
    await page.goto(`/tasks/${long}`);
    await logShown(page);
    await page.waitForLoadState('networkidle');
    return weight(page, cdp);
  });
  report.check(`dashboard, ${EVENTS} events`, 'elements', nodes, '', 600);
  report.check(`dashboard, ${EVENTS} events`, 'heap', heapMb, 'MB', 25);
});

test.each(PAGES)('until it is painted: $what', async ({ what, path, shown, slow: slowGoal, fast }) => {
  for (const [circumstances, goal, set] of [
    ['', fast, async () => undefined],
    [', slow 4G and a quarter of the processor', slowGoal, slow],
  ] as const) {
    const shows: number[] = [];
    const painted: Painted[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      await tab(at.ada, async (page, cdp) => {
        await cdp.send('Network.enable');
        await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
        await set(cdp);
        await watchPaints(page);
        await page.goto(path());
        await shown(page);
        shows.push(await page.evaluate(() => performance.now()));
        painted.push(await paints(page));
      });
    }
    const subject = `dashboard, opened anew${circumstances}`;
    report.check(subject, `${what}, largest paint`, median(painted.map(({ largest }) => largest)), 'ms', goal);
    report.note(subject, `${what}, its last line is there`, median(shows), 'ms');
    report.check(subject, `${what}, layout shift`, median(painted.map(({ shift }) => shift)), '', 0.01);
  }
});

test('from the socket to the screen, while a long log grows', async () => {
  const LIVE = 400;
  const { id } = await at.api.create(
    JSON.stringify([
      ['emit', EVENTS, 0],
      ['text', 'Now live.'],
      ['emit', LIVE, 50],
    ]),
  );
  const seen = await tab(at.ada, async (page) => {
    await watchTexts(page);
    await page.goto(`/tasks/${id}`);
    await at.api.over(id);
    await page.getByText(`event ${LIVE} of ${LIVE}`).first().waitFor();
    return seenTexts(page);
  });
  const live = Object.entries(seen).filter(([text]) => text.endsWith(` of ${LIVE}`));
  const waits = live.map(([, { came, painted }]) => painted - came);
  report.note('dashboard, 20 events a second', 'painted', waits.length, 'events');
  report.check('dashboard, 20 events a second', 'socket to paint, p50', median(waits), 'ms', 40);
  report.check('dashboard, 20 events a second', 'socket to paint, p95', quantile(waits, 0.95), 'ms', 60);
});

test('how smoothly a long log is scrolled', async () => {
  const times = await tab(at.ada, async (page, cdp) => {
    await page.goto(`/tasks/${long}`);
    await logShown(page);
    await page.waitForLoadState('networkidle');
    return frames(page, () => scrolled(page, cdp));
  });
  report.check(`dashboard, ${EVENTS} events`, 'a frame while scrolling, p95', quantile(times, 0.95), 'ms', 17);
  report.check(
    `dashboard, ${EVENTS} events`,
    'frames of more than 25 ms while scrolling',
    times.filter((time) => time > 25).length,
    '',
    0,
  );
});

async function scrolled(page: Page, cdp: CDPSession): Promise<void> {
  const box = await page.getByRole('log').boundingBox();
  if (box === null) throw new Error('no log');
  for (const yDistance of [6_000, -6_000]) {
    await cdp.send('Input.synthesizeScrollGesture', {
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      yDistance,
      speed: 3_000,
      gestureSourceType: 'mouse',
    });
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Person } from './browser.ts';
import { actors, aDay, type Day, partsFor } from './demo/day.ts';
import { scene } from './scene.ts';
import { ROOT } from './stack.ts';
import { PAGES, STATES, type View } from './views.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PICTURES = join(ROOT, 'docs/screenshots');
const SIZES = [
  { name: 'desk', width: 1280, height: 800 },
  { name: 'phone', width: 390, height: 844 },
] as const;
const LARGEST = 120 * 1024;
const THEMES = ['light', 'dark'] as const;
/** The others look at a desk as they do on a phone, but for their width. */
const ON_A_PHONE = new Set(['tasks', 'task-succeeded']);

const at = scene(actors(partsFor()));
let day: Day;
const people: Partial<Record<NonNullable<View['who']>, Person>> = {};
/** Long enough after the day that no page is ahead of it. */
let evening: number;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  day = await aDay(at.stack, at.api);
  await at.api.post('/v1/keys', { name: 'for the pipeline', scope: 'write' });
  await at.api.post('/v1/keys', { name: 'reads the numbers', scope: 'read' });
  const { link } = await at.api.post<{ link: string }>('/v1/users', { email: 'alan@errand.test', role: 'member' });
  people.alan = await at.arrives(new URL(link, at.stack.url).href);
  await people.alan.page.getByLabel('New password', { exact: true }).fill('a password of his own 9');
  await people.alan.page.getByRole('button', { name: 'Set password and sign in' }).click();
  await people.alan.page.waitForURL('**/tasks');
  people.nobody = await at.arrives('/login');
  evening = Date.now() + 20 * 60_000;
}, 120_000);

const VIEWS = [...PAGES, ...STATES].map((view) => [view.name, view] as const);
test.each(VIEWS)('%s breaks no rule of accessibility, in light and dark, at a desk and on a phone', async (_, view) => {
  const { page } = view.who === undefined ? at.ada : (people[view.who] as Person);
  const broken: string[] = [];
  await open(page, view);
  for (const { name: size, ...viewport } of SIZES) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await wear(page, theme);
      const picture = await shoot(page);
      expect(picture.length, 'an empty page').toBeGreaterThan(4_000);
      if (size === 'desk' ? PAGES.includes(view) : ON_A_PHONE.has(view.name)) keep(view.name, size, theme, picture);
      broken.push(...(await judge(page)).map((violation) => `${size}, ${theme}: ${violation}`));
    }
  }
  expect(broken).toEqual([]);
});

async function open(page: Page, { path, shows, after, away, past }: View): Promise<void> {
  await page.unrouteAll();
  if (away) await page.route(away, (route) => route.fulfill({ status: 503, json: AWAY }));
  if (past) {
    const [call, goesOn] = past;
    await page.route(call, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: goesOn((await response.json()) as never) });
    });
  }
  await page.setViewportSize(SIZES[0]);
  // Ages and durations stand still.
  await page.clock.setFixedTime(evening);
  await page.goto(typeof path === 'string' ? path : path(day));
  await page.getByText(shows).filter({ visible: true }).first().waitFor();
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle');
  await after?.(page);
}

const AWAY = { type: 'urn:errand:problem:unavailable', title: 'Temporarily unavailable', status: 503 };

async function wear(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  const isDark = theme === 'dark';
  await page.waitForFunction((dark) => document.documentElement.classList.contains('dark') === dark, isDark);
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
}

async function judge(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { passes, violations } = (await page.evaluate(
    (values) => (globalThis as never as { axe: typeof import('axe-core') }).axe.run({ runOnly: values }),
    RULES,
  )) as AxeResults;
  expect(passes.length, 'nothing was judged').toBeGreaterThan(5);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

async function shoot(page: Page): Promise<Buffer> {
  const cdp = await page.context().newCDPSession(page);
  for (const quality of [85, 70, 55, 40]) {
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality });
    const picture = Buffer.from(data, 'base64');
    if (picture.length > LARGEST) continue;
    await cdp.detach();
    return picture;
  }
  throw new Error('a picture for a repository is small');
}

function keep(view: string, size: string, theme: string, picture: Buffer): void {
  if (process.env.UPDATE_SCREENSHOTS === undefined) return;
  writeFileSync(join(PICTURES, `${[view, theme, ...(size === 'phone' ? [size] : [])].join('-')}.webp`), picture);
}

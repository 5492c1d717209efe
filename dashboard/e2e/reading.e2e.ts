import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Download, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../src/features/run/fixtures/story';
import type { Task } from './api.ts';
import { actors, aDay, type Day, partsFor } from './demo/day.ts';
import { PARTS } from './demo/parts.ts';
import { button, choose, state } from './pages.ts';
import { scene } from './scene.ts';

const LINES = 6_000;
const LOG = Array.from({ length: LINES }, (_, line) => `${line + 1}: compiled and linked`).join('\n');
const LONG: Story = new Story().call(
  'Bash',
  { command: 'make' },
  { content: LOG, detail: { stdout: LOG, stderr: '' } },
);

const at = scene(
  actors(partsFor({ ...PARTS, 'Build it': { story: LONG, outcome: { outcome: 'completed', result_text: 'Built.' } } })),
);
let day: Day;
let built: Task;

beforeAll(async () => {
  day = await aDay(at.stack, at.api);
  built = await at.api.over((await at.api.create('Build it', { title: 'Build it' })).id);
}, 60_000);

async function open(task: Task, more = ''): Promise<Page> {
  const { page } = at.ada;
  await page.goto(`/tasks/${task.id}${more}`);
  await page.getByRole('heading', { level: 1, name: task.title }).waitFor();
  return page;
}

/** A row of the activity, by what it says while it is closed. */
const line = (page: Page, text: string | RegExp) =>
  page.getByRole('log').getByRole('button').filter({ hasText: text }).first();
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

async function saved(download: Download): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the activity', () => {
  test('row 5: all rows open with E and close with W, and it stays so for this task and no other', async () => {
    const page = await open(day.failed);
    const error = page.getByText('no migration leads from 6 to 9');
    await line(page, 'payments-migrate').waitFor();
    expect(await error.count()).toBe(0);
    await page.keyboard.press('e');
    await error.first().waitFor();
    await page.getByRole('link', { name: 'Queue' }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await page.goBack();
    await error.first().waitFor();
    await page.keyboard.press('w');
    await error.first().waitFor({ state: 'detached' });
  });

  test('row 6: a tool is a line, then all of it, then JSON, and its output can be copied', async () => {
    const page = await open(day.failed);
    await line(page, 'payments-migrate').click();
    await page.getByText('Run the migration').waitFor();
    await page.getByText('no migration leads from 6 to 9').first().waitFor();
    await button(page, 'Copy output').first().click();
    expect(await clipboard(page)).toContain('no migration leads from 6 to 9');
    await button(page, 'Show raw JSON').first().click();
    await page.getByLabel('Input as JSON').getByText('"npx payments-migrate --to 9"').waitFor();
    await button(page, 'Show as usual').first().click();
    await page.getByLabel('Input as JSON').waitFor({ state: 'detached' });
  });

  test('row 6: a tool that nobody knows is shown as well', async () => {
    const page = await open(day.running);
    await line(page, /^4 tools/).click();
    await line(page, /^get_issue/).click();
    await page.getByText('A cent is missing at checkout').waitFor();
  });

  test('row 7: what a sub-agent did is below its call, closed at first', async () => {
    const page = await open(day.running);
    const nested = line(page, 'monthly.ts');
    await line(page, 'Find other price sums').waitFor();
    expect(await nested.count()).toBe(0);
    await line(page, 'Find other price sums').click();
    await page.getByRole('log').getByText('Two places add floats').waitFor();
    await line(page, /^4 tools.*Read ×4/).click();
    await nested.waitFor();
  });

  test('row 8: only errors are shown, until all are', async () => {
    const page = await open(day.running);
    const words = page.getByText('ask a helper');
    await words.waitFor();
    await choose(page, /Errors/);
    await words.waitFor({ state: 'detached' });
    await line(page, 'npx vitest run src/cart').waitFor();
  });

  test('row 9: search counts all there is, goes from match to match and opens what is closed', async () => {
    const page = await open(day.running);
    await line(page, /^4 tools/).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('SHOP-214');
    const count = page.getByRole('search').getByRole('status');
    await expect.poll(() => count.innerText()).toBe('0/1');
    await page.keyboard.press('Enter');
    await expect.poll(() => count.innerText()).toBe('1/1');
    await page.getByText('SHOP-214').first().waitFor();
    expect(await page.evaluate(() => CSS.highlights.size)).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('textbox', { name: 'Search in the activity' }).inputValue()).toBe('');
  });

  test('row 9: Enter goes to the next match, with Shift to the one before, and Control+F begins', async () => {
    const page = await open(day.done);
    await page.getByText('All tests pass').waitFor();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('cents');
    const count = page.getByRole('search').getByRole('status');
    await expect.poll(() => count.innerText()).toMatch(/^0\/\d+$/);
    const all = Number((await count.innerText()).split('/')[1]);
    expect(all).toBeGreaterThan(2);
    const places: string[] = [];
    for (const keys of ['Enter', 'Enter', 'Shift+Enter', 'Shift+Enter']) {
      const before = await count.innerText();
      await page.keyboard.press(keys);
      await expect.poll(() => count.innerText()).not.toBe(before);
      places.push(await count.innerText());
    }
    expect(places).toEqual([1, 2, 1, all].map((place) => `${place}/${all}`));
  });

  test('row 27: of a large output the beginning is shown, and all of it when it is asked for', async () => {
    const page = await open(built);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await line(page, 'make').click();
    await page.getByText('1: compiled and linked').first().waitFor();
    expect(asked.filter((url) => /events\/\d+$/.test(url))).toEqual([]);
    const before = (await page.getByRole('log').innerText()).length;
    expect(before).toBeLessThan(12 * 1024);
    await page.getByRole('button', { name: /^Show full \(\d+ KB\)$/ }).click();
    await page.getByRole('button', { name: /^(Show full|Reading)/ }).waitFor({ state: 'detached' });
    await button(page, 'Copy output').click();
    expect(await clipboard(page)).toBe(LOG);
  });
});

describe('the changes', () => {
  test('row 11: one column or two, and a patch that git takes', async () => {
    const page = await open(day.done, '?tab=changes');
    const file = page.getByRole('region', { name: /total\.ts/ });
    await file.getByText('Cents all the way').waitFor();
    const columns = () => file.getByRole('row').nth(1).getByRole('cell').count();
    const one = await columns();
    await choose(page, 'Two columns');
    await expect.poll(columns).toBeGreaterThan(one);

    await button(page, 'Copy the patch').click();
    const patch = await clipboard(page);
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download').click()]);
    expect(download.suggestedFilename()).toMatch(/\.patch$/);
    expect(await saved(download)).toBe(patch);
    execFileSync('git', ['apply', '--check'], { cwd: join(at.stack.data, 'acme/shop'), input: patch });
  });
});

describe('what one sees without reading', () => {
  test('row 12: how far the list is, what is done now, and the same in the list of tasks', async () => {
    const page = await open(day.running);
    const rail = page.getByRole('complementary', { name: 'Progress' });
    await rail.getByText('3/5').waitFor();
    expect(await rail.locator('[aria-current=step]').innerText()).toContain('Add tests for the edge cases');
    await page.goto('/tasks');
    await page.getByRole('listitem').filter({ hasText: day.running.title }).getByText('3/5').waitFor();
  });

  test('row 24: what it cost stands beside what it may cost', async () => {
    const page = await open(day.done);
    const rail = page.getByRole('complementary', { name: 'Progress' });
    await rail.getByText('$0.42').waitFor();
    await rail.getByText('of $2.00').waitFor();
    await rail.getByRole('img', { name: '21.1% of the budget' }).waitFor();
  });

  test('row 14: an end is told in the title, in the icon and, to who wants it and looks elsewhere, by a notification', async () => {
    const { id } = await at.api.create('Rewrite the search index', { title: 'Ends unseen' });
    await at.api.said(id, '| place | before');
    await at.ada.context.grantPermissions(['notifications'], { origin: at.stack.url });
    const page = await at.ada.context.newPage();
    await page.addInitScript(() => {
      const told: string[] = [];
      const Told = class extends EventTarget {
        static permission = 'granted';
        static requestPermission = async () => 'granted';
        constructor(title: string, { body }: { body: string }) {
          super();
          told.push(`${title}: ${body}`);
        }
      };
      Object.assign(globalThis, { Notification: Told, told });
      document.hasFocus = () => false;
    });
    await page.goto(`/tasks/${id}`);
    await page.waitForFunction(() => document.title.startsWith('▶ Ends unseen'));
    const icon = () => page.locator('#favicon').getAttribute('href');
    const before = await icon();
    await button(page, 'More').click();
    await page.getByRole('menuitemcheckbox', { name: 'Notify me when tasks end' }).click();
    await at.api.post(`/v1/tasks/${id}/cancel`);
    await page.waitForFunction(() => document.title.startsWith('⊘ Ends unseen'));
    expect(await icon()).not.toBe(before);
    expect(await page.evaluate(() => (globalThis as unknown as { told: string[] }).told)).toEqual([
      '⊘ Canceled: Ends unseen',
    ]);
    await page.close();
  });

  test('row 14: an end that came before the page listened is shown all the same', async () => {
    const { page } = at.ada;
    const address = `${at.stack.url}/v1/tasks/${day.done.id}`;
    const { ended_at: _, ...earlier } = await at.api.get<Task>(`/v1/tasks/${day.done.id}`);
    await page.route(
      address,
      (route) => route.fulfill({ json: { ...earlier, state: 'running', version: earlier.version - 1 } }),
      { times: 1 },
    );
    await page.goto(`/tasks/${day.done.id}`);
    await state(page, 'succeeded').waitFor();
  });

  test('row 18: a task is being canceled as soon as it is said, however long the server takes', async () => {
    const page = await open(day.running);
    let resolve = (): void => undefined;
    const promise = new Promise<void>((resolved) => {
      resolve = resolved;
    });
    await page.route('**/cancel', async (route) => {
      await promise;
      await route.fulfill({ status: 503, json: { type: 'urn:errand:problem:unavailable', title: 'No', status: 503 } });
    });
    await button(page, 'Cancel').click();
    await button(page.getByRole('alertdialog'), 'Cancel task').click();
    const chip = page.locator('header [data-slot=state-chip]').first();
    await chip.getByText('Canceling').waitFor();
    resolve();
    await page.getByText('The task was not canceled').waitFor();
    await chip.getByText('Running').waitFor();
    await page.unrouteAll();
  });
});

describe('what one takes along', () => {
  test.each([
    [
      'Events (JSON lines)',
      'jsonl',
      async (text: string, { head }: Task) => expect(text.trim().split('\n')).toHaveLength(head),
    ],
    ['Transcript (Markdown)', 'md', async (text: string) => expect(text).toContain('The cause is clear.')],
    ['Patch', 'patch', async (text: string) => expect(text).toMatch(/^diff --git /)],
  ])('row 23: %s', async (what, kind, check) => {
    const page = await open(day.done);
    await button(page, 'More').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: what, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`^find-the-missing-cent.*\\.${kind}$`));
    await check(await saved(download), await at.api.get<Task>(`/v1/tasks/${day.done.id}`));
  });
});

test('row 20: the palette finds a task by its words and goes there, and the sheet knows what the page can do', async () => {
  const { page } = at.ada;
  await page.goto('/queue');
  await page.getByRole('heading', { name: 'Queue' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('missing cent');
  await page.getByRole('option', { name: /Find the missing cent/ }).click();
  await page.getByRole('heading', { level: 1, name: day.done.title }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Search in the activity').waitFor();
});

test('row 28: who wants it dark has it dark from the first paint on', async () => {
  const page = await at.ada.context.newPage();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/settings/appearance');
  await choose(page, 'Dark');
  await page.addInitScript(() => {
    new PerformanceObserver(() => {
      Object.assign(globalThis, { painted: getComputedStyle(document.documentElement).backgroundColor });
    }).observe({ type: 'paint', buffered: true });
  });
  await page.reload();
  const color = await page.waitForFunction(() => (globalThis as { painted?: string }).painted);
  expect(await color.jsonValue()).toBe('rgb(20, 22, 26)');
  await choose(page, 'As the system');
  await page.close();
});

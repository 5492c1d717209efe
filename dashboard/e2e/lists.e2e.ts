import { beforeAll, expect, test } from 'vitest';
import { actors, aDay, type Day, partsFor } from './demo/day.ts';
import { button, row } from './pages.ts';
import { scene } from './scene.ts';

const at = scene(actors(partsFor()));
let day: Day;

beforeAll(async () => {
  day = await aDay(at.stack, at.api);
}, 60_000);

test('row 19: filters live in the address', async () => {
  const { page } = at.ada;
  await page.goto('/tasks?view=all');
  await row(page, day.canceled.title).waitFor();
  await page.getByRole('searchbox', { name: 'Search the titles' }).fill('missing cent');
  await page.waitForURL(/q=missing/);
  await row(page, day.canceled.title).waitFor({ state: 'detached' });
  await page.reload();
  await row(page, day.done.title).waitFor();
  expect(await row(page, /./).count()).toBe(1);
});

test('row 19: filters are kept under a name, and come back with it', async () => {
  const { page } = at.ada;
  await page.goto('/tasks?view=all&tag=checkout');
  await row(page, day.failed.title).waitFor();
  expect(await row(page, /./).count()).toBe(2);
  await button(page, 'Saved views').click();
  await page.getByRole('menuitem', { name: /Save these filters/ }).click();
  await page.getByLabel('Name').fill('The checkout');
  await button(page, 'Save').click();
  await page.goto('/tasks?view=all');
  await row(page, day.canceled.title).waitFor();
  await button(page, 'Saved views').click();
  await page.getByRole('menuitem', { name: 'The checkout' }).click();
  await row(page, day.canceled.title).waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.get('tag')).toBe('checkout');
});

test('row 15: a task that comes is announced and moves nothing until it is asked for', async () => {
  const { page } = at.ada;
  await page.goto('/tasks?view=all');
  await row(page, day.done.title).waitFor();
  // What was handed in before the page listened is in the list.
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor();
  await page.waitForLoadState('networkidle');
  const place = () => row(page, day.done.title).boundingBox();
  const before = await place();
  await at.api.create('Name the colours of the new theme', { title: 'Just handed in' });
  await button(page, /1 new/).waitFor();
  expect(await place()).toEqual(before);
  await button(page, /1 new/).click();
  await row(page, 'Just handed in').waitFor();
});

test('row 21: rows are selected with X, exported, and tried again after a look at what that means', async () => {
  const { page } = at.ada;
  await page.goto('/tasks?view=all&state=failed');
  await row(page, day.lost.title).waitFor();
  for (let task = 0; task < 2; task += 1) {
    await page.keyboard.press('j');
    await page.keyboard.press('x');
  }
  const bar = page.getByRole('region', { name: 'Selected tasks' });
  await bar.getByText('2 selected').waitFor();
  await button(bar, 'Export').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /CSV/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.csv$/);

  await button(bar, 'Retry').click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByText(/2 tasks/)
    .first()
    .waitFor();
  await dialog.getByRole('button', { name: /Retry/ }).click();
  await dialog.getByRole('status').filter({ hasText: '2 tasks queued again.' }).waitFor();
  for (const { id, attempt } of [day.failed, day.lost])
    expect((await at.api.over(id)).attempt).toBeGreaterThan(attempt);
});

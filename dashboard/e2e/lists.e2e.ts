import { expect, test } from 'vitest';
import { row } from './pages.ts';
import { scene } from './scene.ts';

const at = scene();

test('row 19: filters live in the address', async () => {
  for (const title of ['Mow the lawn', 'Water the roses'])
    await at.api.over((await at.api.create('[[demo:hello]]', { title })).id);
  const { page } = at.ada;
  await page.goto('/tasks?view=all');
  await row(page, 'Water the roses').waitFor();
  await page.getByRole('searchbox', { name: 'Search the titles' }).fill('Mow the');
  await page.waitForURL(/q=Mow/);
  await row(page, 'Water the roses').waitFor({ state: 'detached' });
  await page.reload();
  await row(page, 'Mow the lawn').waitFor();
  expect(await row(page, /./).count()).toBe(1);
});

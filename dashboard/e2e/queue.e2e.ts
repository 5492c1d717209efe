import { expect, test } from 'vitest';
import type { Task } from './api.ts';
import { actors, partsFor } from './demo/day.ts';
import { button, choose, row, state } from './pages.ts';
import { scene } from './scene.ts';

const at = scene({ ...actors(partsFor()), ERRAND_MAX_RUNNING: '1', ERRAND_USER_MAX_RUNNING: '2' });
const QUICK = 'Name the colours of the new theme';
const ENDLESS = 'Rewrite the search index';

test('while the queue is paused nothing starts, and who waits is told why', async () => {
  const { page } = at.ada;
  await page.goto('/queue');
  await button(page, 'Pause').click();
  await page.getByLabel('Why').fill('A new runner is on its way');
  await button(page, 'Pause the queue').click();
  await page.getByText('A new runner is on its way').waitFor();

  const { id } = await at.api.create(QUICK, { title: 'Waits for the queue' });
  await page.goto(`/tasks/${id}`);
  await page.getByText('The queue is paused').first().waitFor();
  await page.goto('/tasks');
  await row(page, 'Waits for the queue').getByText('The queue is paused').waitFor();

  await page.goto('/queue');
  await button(page, 'Resume').click();
  await button(page, 'Pause').waitFor();
  await page.goto(`/tasks/${id}`);
  await state(page, 'succeeded').waitFor();
});

test('a task knows its place, and starts once there is room', async () => {
  const { page } = at.ada;
  const first = await at.api.create(ENDLESS, { title: 'Takes its time' });
  await at.api.said(first.id, '| place | before');
  const { id } = await at.api.create(QUICK, { title: 'Comes after' });
  await page.goto(`/tasks/${id}`);
  await page.getByText('Waits for a free slot').first().waitFor();
  await page.getByText('Place 1 in the queue').waitFor();
  await at.api.post(`/v1/tasks/${first.id}/cancel`);
  await state(page, 'succeeded').waitFor();
});

test('row 21: all tasks are canceled once their number was typed', async () => {
  const { page } = at.ada;
  const running = await at.api.create(ENDLESS);
  await at.api.said(running.id, '| place | before');
  const waiting = await at.api.create(QUICK);
  await page.goto('/queue');
  await button(page, 'All tasks').click();
  await page.getByRole('menuitem', { name: /Cancel all/ }).click();
  const dialog = page.getByRole('dialog');
  await choose(page, /What waits and what runs/);
  await dialog.getByRole('textbox').fill('cancel 2 tasks');
  await button(dialog, 'Cancel 2 tasks').click();
  await dialog.getByRole('status').filter({ hasText: '2 tasks canceled.' }).waitFor();
  const ended: Task[] = [await at.api.over(running.id), await at.api.over(waiting.id)];
  expect(ended.map((task) => task.state)).toEqual(['canceled', 'canceled']);
});

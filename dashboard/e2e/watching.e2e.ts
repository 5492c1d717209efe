import { expect, test } from 'vitest';
import { button, seqs, state, upTo } from './pages.ts';
import { scene } from './scene.ts';
import { gated } from './script.ts';

const at = scene();

test('row 26: the sample task needs no repository, and is watched to its end', async () => {
  const { page } = at.ada;
  await button(page, 'Run a sample task').click();
  await page.waitForURL('**/tasks/*');
  await state(page, 'succeeded').waitFor();
  await page.waitForFunction(() => document.title.startsWith('✓'));
  const id = page.url().split('/').at(-1)?.split('?')[0] ?? '';
  const { head } = await at.api.over(id);
  expect(await seqs(page)).toEqual(upTo(head));
  await page.getByRole('tab', { name: /^Changes/ }).click();
  await page
    .getByRole('region', { name: /errand-demo\.md/ })
    .first()
    .waitFor();
});

test('a reload in the middle loses and doubles nothing', async () => {
  const { prompt, open } = gated(at.stack, 3);
  const { id } = await at.api.create(prompt, { title: 'Reloaded' });
  const { page } = at.ada;
  await page.goto(`/tasks/${id}`);
  await page.getByText('Turn 0.').waitFor();
  open(0);
  await page.getByText('Turn 1.').waitFor();
  await page.reload();
  await page.getByText('Turn 1.').waitFor();
  open(1);
  open(2);
  await state(page, 'succeeded').waitFor();
  const { head } = await at.api.over(id);
  expect(await seqs(page)).toEqual(upTo(head));
});

test('row 16: a line that is cut in the middle is told, and the log goes on where it was', async () => {
  const { prompt, open } = gated(at.stack, 3);
  const { id } = await at.api.create(prompt, { title: 'Cut off' });
  const { page } = at.ada;
  await page.goto(`/tasks/${id}`);
  await page.getByText('Turn 0.').waitFor();
  at.stack.line.cut();
  await page.getByText(/The log resumes at event \d+/).waitFor();
  open(0);
  open(1);
  at.stack.line.mend();
  await page.getByText('Turn 2.').waitFor();
  await page.getByText(/The log resumes at event/).waitFor({ state: 'hidden' });
  open(2);
  await state(page, 'succeeded').waitFor();
  const { head } = await at.api.over(id);
  expect(await seqs(page)).toEqual(upTo(head));
});

test('row 16: a page that cannot be had without a network leaves the others standing, and comes with it', async () => {
  const { page } = at.ada;
  await page.goto('/tasks');
  await page.waitForLoadState('networkidle');
  at.stack.line.cut();
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByText('Check the connection and try again').waitFor();
  await page.getByRole('link', { name: 'Tasks', exact: true }).click();
  await page.getByRole('heading', { name: 'Tasks' }).waitFor();
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByText('Check the connection and try again').waitFor();
  at.stack.line.mend();
  await button(page, 'Try again').click();
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
});

test('row 18: a task is canceled after a question, and taken up again', async () => {
  const { prompt, open } = gated(at.stack, 1);
  const { id } = await at.api.create(prompt, { title: 'Called off' });
  const { page } = at.ada;
  await page.goto(`/tasks/${id}`);
  await page.getByText('Turn 0.').waitFor();
  await button(page, 'Cancel').click();
  await button(page, 'Cancel task').click();
  await state(page, 'canceled').waitFor();
  open(0);
  await button(page, 'Retry').click();
  await state(page, 'succeeded').waitFor();
  await page.getByRole('tab', { name: /^Runs/ }).click();
  await page.getByText('Canceled').first().waitFor();
  expect((await at.api.over(id)).attempt).toBe(2);
});

test('row 10: a link to an event opens there', async () => {
  const { id } = await at.api.create('[[demo:steps=30]]', { title: 'Long' });
  await at.api.over(id);
  const call = (await at.api.log(id)).find((event) => event.type === 'tool_use');
  const { page } = at.ada;
  await page.goto(`/tasks/${id}?e=${call?.seq}`);
  await page.locator('[role=log] [data-row]:focus').filter({ hasText: "echo 'step 1 of 30'" }).waitFor();
  await page.getByText('step 1 of 30', { exact: true }).waitFor();
});

test('nothing was complained about in the console', () => {
  // The line was cut on purpose: what the browser says of such answers is no fault.
  const expected = /Failed to load resource|WebSocket connection to|net::ERR|Unable to preload|dynamically imported/;
  expect(at.ada.complaints.filter((text) => !expected.test(text))).toEqual([]);
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Api } from './api.ts';
import { launch, Person } from './browser.ts';
import { Stack } from './stack.ts';

let stack: Stack;
let browser: Browser;
let api: Api;
let ada: Person;
const people: Person[] = [];

beforeAll(async () => {
  stack = await Stack.start();
  browser = await launch();
  api = await Api.signIn(stack.url);
  ada = await arrives(stack.link);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
afterEach(() => {
  for (const person of people) expect(person.elsewhere, 'nothing is asked of another origin').toEqual([]);
});

async function arrives(at: string): Promise<Person> {
  const person = await Person.at(browser, stack.url);
  await person.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stack.url });
  people.push(person);
  await person.page.goto(at);
  return person;
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const state = (page: Page, name: string) => page.locator(`header [data-state-name="${name}"]`).first();
const row = (page: Page, title: string | RegExp) =>
  page.getByRole('list', { name: 'Tasks' }).getByRole('listitem').filter({ hasText: title });

/** The numbers of the events that the page has, of its raw log. */
async function seqs(page: Page): Promise<number[]> {
  await page.getByRole('tab', { name: 'Raw' }).click();
  await button(page, 'Copy as JSON lines').click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('tab', { name: 'Activity' }).click();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).seq);
}

/** One turn after the other, each of which waits for a file, so that the test says when it goes on. */
function gated(turns: number): { prompt: string; open: (turn: number) => void } {
  const directory = mkdtempSync(join(tmpdir(), 'errand-gate-'));
  const gate = (turn: number) => join(directory, String(turn));
  const script = Array.from({ length: turns }, (_, turn) => [
    { text: `Turn ${turn}.` },
    { tool: 'Bash', input: { command: `until test -e ${gate(turn)}; do sleep 0.05; done; echo passed ${turn}` } },
  ]);
  const encoded = Buffer.from(JSON.stringify([...script, [{ text: 'Through.' }]])).toString('base64');
  return { prompt: `[[script:${encoded}]]`, open: (turn) => writeFileSync(gate(turn), '') };
}

test('the link that `make up` prints signs the first user in, and leaves the address', async () => {
  await ada.page.waitForURL('**/tasks');
  await ada.page.getByRole('heading', { name: 'Send Errand on its first errand' }).waitFor();
  expect(ada.page.url()).not.toContain('link');
  const stored = await ada.page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  expect(stored, 'no token where a script finds it').not.toMatch(/errand_|eyJ/);
});

test('the link works once', async () => {
  const late = await arrives(stack.link);
  await late.page.getByRole('alert').first().waitFor();
  await late.page.getByLabel('Password', { exact: true }).waitFor();
  await late.leave();
});

test('a sign-in outlives a reload of the page', async () => {
  await ada.page.reload();
  await ada.page.getByRole('heading', { name: 'Tasks' }).waitFor();
});

test('the sample task is watched to its end', async () => {
  const { page } = ada;
  await button(page, 'Run a sample task').click();
  await page.waitForURL('**/tasks/*');
  await state(page, 'succeeded').waitFor();
  await page.waitForFunction(() => document.title.startsWith('✓'));
  const id = page.url().split('/').at(-1)?.split('?')[0] ?? '';
  const { head } = await api.over(id);
  expect(await seqs(page)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  await page.getByRole('tab', { name: /^Changes/ }).click();
  await page
    .getByRole('region', { name: /errand-demo\.md/ })
    .first()
    .waitFor();
});

test('a reload in the middle loses and doubles nothing', async () => {
  const { prompt, open } = gated(3);
  const { id } = await api.create(prompt, { title: 'Reloaded' });
  const { page } = ada;
  await page.goto(`/tasks/${id}`);
  await page.getByText('Turn 0.').waitFor();
  open(0);
  await page.getByText('Turn 1.').waitFor();
  await page.reload();
  await page.getByText('Turn 1.').waitFor();
  open(1);
  open(2);
  await state(page, 'succeeded').waitFor();
  const { head } = await api.over(id);
  expect(await seqs(page)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
});

test('row 16: a line that is cut in the middle is told, and the log goes on where it was', async () => {
  const { prompt, open } = gated(3);
  const { id } = await api.create(prompt, { title: 'Cut off' });
  const { page } = ada;
  await page.goto(`/tasks/${id}`);
  await page.getByText('Turn 0.').waitFor();
  stack.line.cut();
  await page.getByText(/The log resumes at event \d+/).waitFor();
  open(0);
  open(1);
  stack.line.mend();
  await page.getByText('Turn 2.').waitFor();
  await page.getByText(/The log resumes at event/).waitFor({ state: 'hidden' });
  open(2);
  await state(page, 'succeeded').waitFor();
  const { head } = await api.over(id);
  expect(await seqs(page)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
});

test('row 18: a task is canceled after a question, and taken up again', async () => {
  const { prompt, open } = gated(1);
  const { id } = await api.create(prompt, { title: 'Called off' });
  const { page } = ada;
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
  expect((await api.over(id)).attempt).toBe(2);
});

test('row 19: filters live in the address', async () => {
  const { page } = ada;
  await page.goto('/tasks?view=all');
  await row(page, 'Reloaded').waitFor();
  await page.getByRole('searchbox', { name: 'Search the titles' }).fill('Cut off');
  await page.waitForURL(/q=Cut/);
  await row(page, 'Reloaded').waitFor({ state: 'detached' });
  await page.reload();
  await row(page, 'Cut off').waitFor();
  expect(await row(page, /./).count()).toBe(1);
});

test('row 10: a link to an event opens there', async () => {
  const { id } = await api.create('[[demo:steps=30]]', { title: 'Long' });
  await api.over(id);
  const log = await api.get<{ items: { seq: number; type: string }[] }>(`/v1/tasks/${id}/events?limit=500`);
  const seq = log.items.find((event) => event.type === 'tool_use')?.seq;
  const { page } = ada;
  await page.goto(`/tasks/${id}?e=${seq}`);
  await page.locator(`[data-seq="${seq}"]`).first().waitFor();
  expect(await page.locator(`[data-seq="${seq}"]`).first().isVisible()).toBe(true);
});

test('a key that was made here works with curl, and no longer once it is revoked', async () => {
  const { page } = ada;
  await page.goto('/settings/keys');
  await button(page, 'New key').click();
  await page.getByLabel('Name').fill('from curl');
  await button(page, 'Make the key').click();
  const secret = await page
    .getByRole('status')
    .filter({ hasText: /errand_/ })
    .first()
    .innerText();
  await button(page, 'I have copied it').click();
  const curl = () =>
    execFileSync('curl', [
      '-s',
      '-w',
      '\n%{http_code}',
      '-H',
      `Authorization: Bearer ${secret}`,
      `${stack.url}/v1/tasks`,
    ])
      .toString()
      .split('\n')
      .at(-1);
  expect(curl()).toBe('200');
  await button(page, 'Revoke from curl').click();
  await page.getByRole('dialog').getByRole('textbox').fill('from curl');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Revoke/ })
    .click();
  await button(page, 'Revoke from curl').waitFor({ state: 'detached' });
  expect(curl()).toBe('401');
});

test('an admin invites somebody, who sees nothing of the others', async () => {
  const { page } = ada;
  await page.goto('/admin');
  await button(page, /Invite/)
    .first()
    .click();
  await page.getByLabel('Email address').fill('grace@errand.test');
  await button(page, 'Make the link').click();
  const link = await page.getByRole('status').filter({ hasText: 'link=' }).first().innerText();
  await button(page, 'I have copied it').click();

  const grace = await arrives(link);
  await grace.page.getByLabel('New password', { exact: true }).fill('a password of her own 9');
  await button(grace.page, 'Set password and sign in').click();
  await grace.page.getByRole('heading', { name: 'Send Errand on its first errand' }).waitFor();
  const [hers] = (await api.get<{ items: { id: string }[] }>('/v1/tasks')).items;
  await grace.page.goto(`/tasks/${hers?.id}`);
  await grace.page.getByText('No such task').waitFor();
  expect(await grace.page.getByRole('link', { name: 'Admin' }).count()).toBe(0);
  await grace.page.goto('/admin');
  await grace.page.getByText(/admin/i).first().waitFor();
  expect(
    await grace.page.getByText('grace@errand.test').count(),
    'only her own name, in the account menu',
  ).toBeLessThan(2);
  await grace.leave();
});

test('usage adds up to the tasks that were run', async () => {
  type Listed = { items: { state: string; usage: { cost_usd_micros: number } }[] };
  const { items } = await api.get<Listed>('/v1/tasks?limit=100');
  const ended = items.filter((task) => ['succeeded', 'failed', 'canceled'].includes(task.state));
  const today = new Date().toISOString().slice(0, 10);
  type Usage = { totals: { succeeded: number; failed: number; canceled: number; cost_usd_micros: number } };
  const { totals } = await api.get<Usage>(`/v1/usage?from=${today}&to=${today}&tz=UTC`);
  expect(totals.cost_usd_micros).toBe(ended.reduce((sum, task) => sum + task.usage.cost_usd_micros, 0));
  const { page } = ada;
  await page.goto('/usage');
  await page
    .getByText(new RegExp(`${totals.succeeded} succeeded`))
    .first()
    .waitFor();
});

test('signing out everywhere ends this sign-in, too', async () => {
  const { page } = ada;
  await page.goto('/settings/security');
  await button(page, /Sign out everywhere/).click();
  await page
    .getByRole('alertdialog')
    .or(page.getByRole('dialog'))
    .getByRole('button', { name: /Sign out/ })
    .click();
  await page.waitForURL('**/login**');
  await page.goto('/tasks');
  await page.waitForURL('**/login**');
});

test('nothing was complained about in the console', () => {
  // The line was cut, a link was spent and a key revoked on purpose: what the browser says of such answers is no fault.
  const expected = /Failed to load resource|WebSocket connection to|net::ERR/;
  expect(ada.complaints.filter((text) => !expected.test(text))).toEqual([]);
});

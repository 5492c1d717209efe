import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { tab } from './measure.ts';
import { button } from './pages.ts';
import { scene } from './scene.ts';

const at = scene();

test('the link that `make up` prints signs the first user in, and leaves the address', async () => {
  const { page } = at.ada;
  await page.getByRole('heading', { name: 'Send Errand on its first errand' }).waitFor();
  expect(page.url()).not.toContain('link');
});

test('no token is where a script finds it, nor in an address that was asked for', async () => {
  const { page, asked } = at.ada;
  const stored = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, databases, history.state]);
  });
  expect(stored).not.toMatch(/errand_|eyJ/);
  // A ticket for a socket is good for one connection, and spent by the time anybody could read it.
  const tokens = asked.filter((url) => /errand_|eyJ/.test(url) && !/\/ws\?ticket=errand_ticket_/.test(url));
  expect(tokens).toEqual([]);
});

test('the link works once', async () => {
  const late = await at.arrives(at.stack.link);
  await late.page.getByRole('alert').first().waitFor();
  await late.page.getByLabel('Password', { exact: true }).waitFor();
  await late.leave();
});

test('a sign-in outlives a reload of the page', async () => {
  await at.ada.page.reload();
  await at.ada.page.getByRole('heading', { name: 'Tasks' }).waitFor();
});

test('until it is known who is there nothing else is asked for, and no page but the right one is ever shown', async () => {
  await tab(at.ada, async (page) => {
    await page.addInitScript(() => {
      const headings: (string | null)[] = [];
      Object.assign(globalThis, { headings });
      new MutationObserver(() => {
        for (const { textContent } of document.querySelectorAll('h1')) {
          if (headings.at(-1) !== textContent) headings.push(textContent);
        }
      }).observe(document, { childList: true, subtree: true });
    });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const refresh = new Promise<Route>((resolve) => void page.route('/v1/auth/refresh', resolve));
    await page.goto('/tasks', { waitUntil: 'commit' });
    const held = await refresh;
    await page.getByRole('heading', { name: 'Loading…' }).waitFor();
    expect(asked.filter((path) => path.startsWith('/v1'))).toEqual(['/v1/auth/refresh']);
    await held.continue();
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    expect(await page.evaluate(() => (globalThis as never as { headings: string[] }).headings)).toEqual([
      'Loading…',
      'Tasks',
    ]);
  });
});

test('an admin invites somebody, who sees nothing of the others', async () => {
  const { id } = await at.api.create('[[demo:hello]]', { title: 'Not for Grace' });
  const { page } = at.ada;
  await page.goto('/admin');
  await button(page, /Invite/)
    .first()
    .click();
  await page.getByLabel('Email address').fill('grace@errand.test');
  await button(page, 'Make the link').click();
  const link = await page.getByRole('status').filter({ hasText: 'link=' }).first().innerText();
  await button(page, 'I have copied it').click();

  const grace = await at.arrives(link);
  await grace.page.getByLabel('New password', { exact: true }).fill('a password of her own 9');
  await button(grace.page, 'Set password and sign in').click();
  await grace.page.getByRole('heading', { name: 'Send Errand on its first errand' }).waitFor();
  await grace.page.goto(`/tasks/${id}`);
  await grace.page.getByText('No such task').waitFor();
  expect(await grace.page.getByText('Not for Grace').count()).toBe(0);
  expect(await grace.page.getByRole('link', { name: 'Admin' }).count()).toBe(0);
  await grace.page.goto('/admin');
  await grace.page.getByText(/admin/i).first().waitFor();
  expect(await grace.page.getByRole('button', { name: /Invite/ }).count()).toBe(0);
  await grace.leave();
});

test('signing out everywhere ends this sign-in, too', async () => {
  const { page } = at.ada;
  await page.goto('/settings/security');
  await button(page, /Sign out everywhere/).click();
  await button(page.getByRole('alertdialog'), /Sign out/).click();
  await page.waitForURL('**/login**');
  await page.goto('/tasks');
  await page.waitForURL('**/login**');
});

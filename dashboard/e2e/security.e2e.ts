import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE, UNSEEN } from '../src/features/run/fixtures/hostile';
import type { Task } from './api.ts';
import { actors, partsFor } from './demo/day.ts';
import { HARM } from './demo/harm.ts';
import { repository } from './demo/repository.ts';
import { scene } from './scene.ts';
import { ROOT } from './stack.ts';

const PROMPT = 'Do harm';
const at = scene(actors(partsFor({ [PROMPT]: HARM })));
const SHORT = `${HOSTILE['bidi overrides']} ${HOSTILE.html}`;
let task: Task;
const dialogs: string[] = [];

beforeAll(async () => {
  const url = repository(join(at.stack.data, 'acme/<svg/onload=alert(1)>'), { 'README.md': HOSTILE.html });
  task = await at.api.create(`${PROMPT}\n\n${Object.values(HOSTILE).slice(0, 7).join('\n\n')}`, {
    title: SHORT,
    tags: [HOSTILE.html.slice(0, 40), HOSTILE['bidi overrides']],
    repository: { url, ref: 'main' },
    max_attempts: 1,
  });
  await at.api.over(task.id);
  await at.api.post('/v1/keys', { name: SHORT.slice(0, 60), scope: 'read' });
  await at.api.post('/v1/queue/pause', { note: SHORT });
  at.ada.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
}, 60_000);

describe('row 13: what somebody else wrote is text and nothing but text', () => {
  const all = (page: Page) => page.keyboard.press('e');
  test.each<[string, () => string, (page: Page) => Promise<unknown>]>([
    [
      'the list',
      () => '/tasks?view=all',
      (page) => page.getByRole('list', { name: 'Tasks' }).getByRole('link').first().waitFor(),
    ],
    [
      'the activity, with all rows open',
      () => `/tasks/${task.id}`,
      async (page) => {
        await page.getByText('Run 1 failed').waitFor();
        await all(page);
      },
    ],
    ['the changes', () => `/tasks/${task.id}?tab=changes`, (page) => page.getByText(/4 files/).waitFor()],
    ['the runs', () => `/tasks/${task.id}?tab=runs`, (page) => page.getByText('Agent error').first().waitFor()],
    [
      'the details',
      () => `/tasks/${task.id}?tab=details`,
      (page) => page.getByRole('heading', { name: 'Prompt' }).waitFor(),
    ],
    ['the raw log', () => `/tasks/${task.id}?tab=raw`, (page) => page.getByText(/\d+ events/).waitFor()],
    [
      'the palette',
      () => '/tasks?view=all',
      async (page) => {
        await page.getByRole('list', { name: 'Tasks' }).waitFor();
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    ],
    [
      'the new task that it is again',
      () => `/tasks/new?from=${task.id}`,
      (page) => page.getByLabel('Prompt').waitFor(),
    ],
    ['the queue, and why it is paused', () => '/queue', (page) => page.getByText(/onerror/).waitFor()],
    [
      'the keys',
      () => '/settings/keys',
      (page) =>
        page
          .getByText(/onerror/)
          .first()
          .waitFor(),
    ],
    [
      'the audit list',
      () => '/admin/audit',
      (page) =>
        page
          .getByText(/onerror/)
          .first()
          .waitFor(),
    ],
  ])('%s', async (_, path, shown) => {
    const { page } = at.ada;
    await page.goto(path());
    await shown(page);
    await page.waitForLoadState('networkidle');
    expect(await foreign(page)).toEqual([]);
    const read = await page.evaluate(() => document.body.innerText);
    const written = await page.evaluate(() => [...document.querySelectorAll('textarea')].map(({ value }) => value));
    expect(`${read}${written}`, 'it is there').toMatch(/onerror/);
    expect(read).not.toMatch(UNSEEN);
    expect(await page.title()).not.toMatch(UNSEEN);
    expect(dialogs).toEqual([]);
  });
});

/** Whatever of the page could act, and is not ours. */
function foreign(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isOurs = (address: string) => address.startsWith(`${location.origin}/`);
    const acts = (one: Element): boolean => {
      if (one.getAttributeNames().some((name) => name.startsWith('on'))) return true;
      if (one.matches('iframe, frame, object, embed, base, [srcdoc], [formaction], form[action]')) return true;
      if (one instanceof HTMLScriptElement) return !isOurs(one.src);
      if (one instanceof HTMLImageElement) return !isOurs(one.src);
      // The icon is painted here.
      if (one instanceof HTMLLinkElement) return !isOurs(one.href) && one.rel !== 'icon';
      if (one instanceof HTMLAnchorElement) return !/^(?:https?|mailto):/.test(one.protocol);
      return false;
    };
    return [...document.querySelectorAll('*')].filter(acts).map((one) => one.outerHTML.slice(0, 200));
  });
}

describe('every answer protects who reads it', () => {
  const script = readdirSync(join(ROOT, 'dashboard/dist/assets')).find((name) => name.endsWith('.js'));
  test.each([
    '/',
    '/login',
    '/tasks',
    '/tasks/nobody-has-this',
    '/admin/users',
    '/nowhere/at/all',
    '/nowhere.png',
    '/index.html',
    '/theme.js',
    '/config.json',
    '/favicon.svg',
    `/assets/${script}`,
    '/assets/none.js',
    '/v1/me',
    '/v1/nothing',
    '/health',
    '/ws',
  ])('%s', async (path) => {
    const { headers } = await fetch(`${at.stack.url}${path}`);
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split(/; */).map((rule) => {
        const [name = '', ...values] = rule.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(policy['default-src'], 'what is not said is refused').toMatch(/^'(self|none)'$/);
    expect(policy['script-src'] ?? policy['default-src']).toMatch(/^'(self|none)'$/);
    expect(policy['frame-ancestors']).toBe("'none'");
    expect(policy['base-uri'] ?? "'none'").toBe("'none'");
    expect(policy['object-src'] ?? policy['default-src']).toBe("'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin'), 'nobody else reads it').toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});

test('a script that gets into the page all the same is not run', async () => {
  const { page } = at.ada;
  await page.goto('/tasks');
  await page.getByRole('heading', { name: 'Tasks' }).waitFor();
  const refused = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'document.title = "harmed"';
        document.body.append(script);
      }),
  );
  expect(refused).toBe('script-src-elem');
  expect(await page.title()).not.toBe('harmed');
});

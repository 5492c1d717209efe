import { afterEach, expect, it, vi } from 'vitest';
import { reloadOnceWhenStale } from './stale-build';

const reload = vi.fn();
reloadOnceWhenStale(reload);
const answers = (answer: () => Promise<Response>) => vi.spyOn(globalThis, 'fetch').mockImplementation(answer);
const aFileIsMissing = async () => {
  dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload: new TypeError('usage.js') }));
  // What the server answers is known a few turns later.
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};
afterEach(() => {
  reload.mockClear();
  sessionStorage.clear();
});

it('a file of the build before that is gone is worth one reload, and no second', async () => {
  answers(async () => new Response('<!doctype html>'));
  await aFileIsMissing();
  await aFileIsMissing();
  expect(reload).toHaveBeenCalledOnce();
});

it.each([
  ['without a network', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['while the server is not well', async () => new Response('', { status: 503 })],
])('%s the page stays as it is', async (_, answer) => {
  answers(answer);
  await aFileIsMissing();
  expect(reload).not.toHaveBeenCalled();
});

it('the router does not reload besides', async () => {
  answers(() => Promise.reject(new TypeError('Failed to fetch')));
  await aFileIsMissing();
  expect(sessionStorage.getItem('tanstack_router_reload:usage.js')).not.toBeNull();
});

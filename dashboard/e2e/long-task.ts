import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Api } from './api.ts';
import { ROOT } from './stack.ts';

export const EVENTS = 10_000;
const TITLE = 'Ten thousand things';

/** A server whose tasks are played by a scripted child in the place of Claude Code: as fast as a child can be. */
export const SCRIPTED = {
  ERRAND_WRAPPER: JSON.stringify([join(ROOT, '.venv/bin/python'), join(ROOT, 'tests/fixtures/scripted.py')]),
  ANTHROPIC_API_KEY: 'nobody-is-asked',
};

/** A task that is over and has said ten thousand things. */
export async function longTask(api: Api): Promise<string> {
  const { id } = await api.create(JSON.stringify([['emit', EVENTS, 0]]), { title: TITLE });
  await api.over(id);
  return id;
}

export const listShown = (page: Page) => page.getByRole('link', { name: TITLE }).first().waitFor();
export const logShown = (page: Page) => page.getByText(`event ${EVENTS} of ${EVENTS}`).first().waitFor();

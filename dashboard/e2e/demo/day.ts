import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Api, Task } from '../api.ts';
import type { Stack } from '../stack.ts';
import { PARTS, type Part } from './parts.ts';
import { BEFORE, repository } from './repository.ts';

const ACTOR = new URL('actor.mjs', import.meta.url).pathname;
/** What the supervisor says, and says here, too. */
const SUPERVISORS = new Set(['run_started', 'workspace_ready', 'artifact_stored', 'run_ended']);
/** The stories take minutes. */
const HURRY = 40;

/** A server whose tasks are played by actors. `scripts` is where their parts lie. */
export const actors = (scripts: string): Record<string, string> => ({
  ERRAND_WRAPPER: JSON.stringify([process.execPath, ACTOR, scripts]),
  ERRAND_ALLOW_LOCAL_REPOSITORIES: '1',
  ANTHROPIC_API_KEY: 'nobody-is-asked',
});

/** Writes parts where actors find them; answers where that is. The directory goes when the tests of the file are over. */
export function partsFor(parts: Record<string, Part> = PARTS): string {
  const scripts = mkdtempSync(join(tmpdir(), 'errand-parts-'));
  afterAll(() => rmSync(scripts, { recursive: true, force: true }));
  for (const [prompt, part] of Object.entries(parts)) {
    const { files = {}, outcome = {}, holds = false } = part;
    writeFileSync(join(scripts, `${prompt}.json`), JSON.stringify({ acts: acts(part), files, outcome, holds }));
  }
  return scripts;
}

/** A story as the wrapper would tell it, in a hurry. */
function acts({ story: { events } }: Part): object[] {
  return events.flatMap(({ seq: _seq, attempt: _attempt, at, ...event }, index) => {
    if (SUPERVISORS.has(event.type)) return [];
    const before = events[index - 1]?.at ?? at;
    return [{ ...event, wait: (Date.parse(at) - Date.parse(before)) / HURRY }];
  });
}

export interface Day {
  done: Task;
  running: Task;
  failed: Task;
  canceled: Task;
  queued: Task;
  lost: Task;
}

/** What was done besides, by title: the model's and the tags' turn. */
const BESIDES: [title: string, model: string, tag: string][] = [
  ['Say in the API’s manual what a refund returns', 'claude-haiku-5', 'docs'],
  ['Make the nightly export twice as fast', 'claude-opus-5-5', 'reports'],
  ['Delete what is left of the old basket', 'claude-sonnet-5', 'basket'],
  ['Why do sign-ins from Safari fail?', 'claude-opus-5-5', 'bug'],
  ['Raise the coverage of invoices to 90 %', 'claude-sonnet-5', 'tests'],
  ['Sort the search results by what was bought', 'claude-sonnet-5', 'search'],
  ['Warn when a voucher is about to end', 'claude-haiku-5', 'basket'],
];

/** A day of somebody who uses Errand: tasks of each kind. */
export async function aDay(stack: Stack, api: Api): Promise<Day> {
  const place = (name: string) => join(stack.data, 'acme', name);
  const shop = { url: repository(place('shop'), BEFORE), ref: 'main' };
  const create = (title: string, more: Record<string, unknown> = {}) =>
    api.create(`${title}\n\nThe details are in the issue. Add a test that fails before and passes after.`, {
      title,
      max_attempts: 1,
      repository: shop,
      model: 'claude-sonnet-5',
      ...more,
    });
  const ends = async (title: string, more?: Record<string, unknown>) => api.over((await create(title, more)).id);

  const besides: Task[] = [];
  for (const [title, model, tag] of BESIDES) besides.push(await create(title, { model, tags: [tag] }));
  for (const { id } of besides) await api.over(id);
  // Somebody has looked at the first of them.
  for (const { id } of besides.slice(0, 3)) await api.post(`/v1/tasks/${id}/review`);
  await ends('Write the release notes of version 4', { tags: ['docs'], model: 'claude-haiku-5' });
  const lost = await ends('Count what is in the warehouse', { repository: { url: `file://${place('warehouse')}` } });
  const done = await ends('Find the missing cent at checkout', {
    tags: ['checkout'],
    model: 'claude-opus-5-5',
    budget_usd_micros: 2_000_000,
  });
  const failed = await ends('Move to version 9 of the payments SDK', { tags: ['checkout', 'upgrade'] });
  // A second try fails, too.
  await api.post(`/v1/tasks/${failed.id}/retry`);
  await api.over(failed.id);

  const { id: doomed } = await create('Rewrite the search index', { tags: ['search'] });
  await api.said(doomed, 'Two more places');
  const canceled = await api.post<Task>(`/v1/tasks/${doomed}/cancel`);
  await api.over(doomed);

  await ends('Name the colours of the new theme', { tags: ['design'] });
  const queued = await create('Update the dependencies', {
    repository: { url: 'https://github.com/acme/shop', ref: 'main' },
    tags: ['weekly'],
    priority: 'low',
    not_before: new Date(Date.now() + 12 * 3_600_000).toISOString(),
  });
  const running = await create('Send order emails in the reader’s language', {
    tags: ['email'],
    budget_usd_micros: 500_000,
    priority: 'high',
  });
  await api.said(running.id, '| place | before');
  return { done, running, failed, canceled, queued, lost };
}

import { beforeAll, expect, test } from 'vitest';
import type { components } from '../src/api/schema';
import type { Task } from './api.ts';
import { actors, aDay, partsFor } from './demo/day.ts';
import { scene } from './scene.ts';

type Run = components['schemas']['Run'];
type Report = components['schemas']['UsageReport'];
type Totals = Report['totals'];

const at = scene(actors(partsFor()));
/** What ended, one by one: a task that was taken up again ended twice. */
let ended: Run[];

beforeAll(async () => {
  await aDay(at.stack, at.api);
  const { items } = await at.api.get<{ items: Task[] }>('/v1/tasks?view=all&limit=100');
  const runs = await Promise.all(items.map(({ id }) => at.api.get<{ items: Run[] }>(`/v1/tasks/${id}/runs`)));
  ended = runs.flatMap((page) => page.items).filter((run) => run.ended_at);
}, 60_000);

const sum = (one: (run: Run) => number) => ended.reduce((all, run) => all + one(run), 0);
const counted = (outcome: Run['outcome']) => ended.filter((run) => run.outcome === outcome).length;

test('row 24: usage adds up to the tasks that were run, whichever way it is parted', async () => {
  // A day that began while the tasks ran.
  const [from, to] = [0, -1].map((index) =>
    ended
      .map((run) => run.ended_at?.slice(0, 10))
      .sort()
      .at(index),
  );
  for (const by of ['model', 'repository', 'user']) {
    const scope = by === 'user' ? '&scope=all' : '';
    const report = await at.api.get<Report>(`/v1/usage?from=${from}&to=${to}&tz=UTC&group_by=${by}${scope}`);
    const { totals } = report;
    expect(totals.succeeded).toBe(counted('succeeded'));
    expect(totals.failed).toBe(counted('failed'));
    expect(totals.canceled).toBe(counted('canceled'));
    expect(totals.cost_usd_micros).toBe(sum((run) => run.usage.cost_usd_micros ?? 0));
    expect(totals.input_tokens).toBe(sum((run) => run.usage.input_tokens ?? 0));
    expect(totals.output_tokens).toBe(sum((run) => run.usage.output_tokens ?? 0));
    const parts = (some: readonly { totals: Totals }[]) =>
      some.reduce((all, one) => all + one.totals.cost_usd_micros, 0);
    expect(parts(report.groups), `groups by ${by}`).toBe(totals.cost_usd_micros);
    expect(parts(report.days.flatMap(({ groups }) => groups)), `days by ${by}`).toBe(totals.cost_usd_micros);
  }
});

test('row 24: the page shows the same numbers, and what cost most leads to its task', async () => {
  const { page } = at.ada;
  await page.goto('/usage');
  const dollars = sum((run) => run.usage.cost_usd_micros ?? 0) / 1e6;
  await page
    .getByText(`$${dollars.toFixed(2)}`)
    .first()
    .waitFor();
  await page
    .getByText(new RegExp(`${counted('succeeded')} succeeded`))
    .first()
    .waitFor();
  await page.getByRole('link', { name: /Find the missing cent/ }).click();
  await page.getByRole('heading', { name: 'Find the missing cent at checkout' }).waitFor();
});

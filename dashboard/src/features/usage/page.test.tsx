import { problem, show, stubApi } from '@test/stub-api';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { report, totals } from './fixture';
import { UsagePage } from './page';
import { patched, type UsageSearch } from './search';

const api = stubApi();
const NOW = new Date('2026-11-22T12:00:00Z');
const user = userEvent.setup();
let search: UsageSearch = {};

function Page({ start, isAdmin }: { start: UsageSearch; isAdmin: boolean }) {
  const [now, setNow] = useState(start);
  search = now;
  return (
    <UsagePage
      search={now}
      onSearch={(patch) => setNow((it) => patched(it, patch))}
      zone="UTC"
      isAdmin={isAdmin}
      now={NOW}
    />
  );
}

const answer = report({ days: 7, groups: 3 });
const told = (usage: unknown = answer) => api.answers({ 'GET /v1/usage': () => usage });
const open = (start: UsageSearch = { range: '7d' }, isAdmin = false) => show(<Page start={start} isAdmin={isAdmin} />);
const bars = () => screen.findAllByRole('link', { name: /Nov \d+, 2026:/ });

describe('row 24: cost and usage', () => {
  it('shows cost, tasks, success, tokens in and out and cached, duration and queue wait with their p95', async () => {
    told({
      ...answer,
      totals: totals({
        tasks: 12,
        succeeded: 9,
        failed: 1,
        canceled: 2,
        cost_usd_micros: 3_600_000,
        input_tokens: 1_000,
        cache_creation_tokens: 1_000,
        output_tokens: 5_000,
        cache_read_tokens: 98_000,
        duration_s: { median: 184, p95: 1_260 },
        queue_wait_s: { median: 3, p95: 41 },
      }),
    });
    await open();
    const card = async (label: string) => (await screen.findByText(label, { selector: 'dt' })).parentElement;
    expect(await card('Cost')).toHaveTextContent('$3.60');
    expect(await card('Cost')).toHaveTextContent('$0.30 a task');
    expect(await card('Tasks')).toHaveTextContent('9 succeeded · 1 failed · 2 canceled');
    expect(await card('Success rate')).toHaveTextContent('90%');
    expect(await card('Tokens')).toHaveTextContent('2K in · 5K out · 98K cached');
    expect(await card('Duration')).toHaveTextContent('3m 4smedian · p95 21m 0s');
    expect(await card('Queue wait')).toHaveTextContent('3 smedian · p95 41 s');
  });

  it('compares with the same time before', async () => {
    api.answers({
      'GET /v1/usage': ({ query }) =>
        query.group_by === 'none'
          ? { ...answer, totals: { ...answer.totals, cost_usd_micros: answer.totals.cost_usd_micros / 2 } }
          : answer,
    });
    await open();
    expect(await screen.findByText('+100%')).toBeInTheDocument();
    const [before] = api.asked('GET /v1/usage').filter((call) => call.query.group_by === 'none');
    expect(before?.query).toMatchObject({ from: '2026-11-09', to: '2026-11-15' });
  });

  it('names what cost most, and leads there', async () => {
    told();
    await open();
    const task = await screen.findByRole('link', { name: /Costly task 0/ });
    expect(task).toHaveAttribute('href', `/tasks/${answer.top_tasks[0]?.id}`);
  });

  it('switches between cost, tokens and tasks', async () => {
    told();
    await open();
    expect(await screen.findByRole('heading', { name: 'Cost per day' })).toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Tasks' }));
    expect(screen.getByRole('heading', { name: 'Tasks per day' })).toBeInTheDocument();
    const [first] = await bars();
    expect(first).toHaveAccessibleName(/^Mon, Nov 16, 2026: 9 /);
    expect(search.show).toBe('tasks');
  });
});

describe('row 19: the address holds the page', () => {
  it('asks for the range, the zone and the grouping that it says', async () => {
    told();
    await open({ from: '2026-11-01', to: '2026-11-10', tz: 'Asia/Tokyo', by: 'repository' });
    await bars();
    expect(api.asked('GET /v1/usage').map((call) => call.query)).toContainEqual({
      from: '2026-11-01',
      to: '2026-11-10',
      tz: 'Asia/Tokyo',
      group_by: 'repository',
      scope: 'mine',
    });
  });

  it('takes a preset, two dates and a zone', async () => {
    told();
    await open();
    await user.click(await screen.findByRole('button', { name: 'Last 7 days' }));
    await user.click(screen.getByRole('button', { name: 'Last month' }));
    expect(search).toEqual({ range: 'last-month' });

    await user.click(screen.getByRole('button', { name: 'Last month' }));
    fireEvent.change(screen.getByLabelText('First day'), { target: { value: '2026-11-20' } });
    fireEvent.change(screen.getByLabelText('Last day'), { target: { value: '2026-11-03' } });
    await user.click(screen.getByRole('button', { name: 'Show these days' }));
    expect(screen.getByRole('alert')).toHaveTextContent('The first day is after the last.');
    fireEvent.change(screen.getByLabelText('First day'), { target: { value: '2026-11-01' } });
    await user.click(screen.getByRole('button', { name: 'Show these days' }));
    expect(search).toEqual({ from: '2026-11-01', to: '2026-11-03' });
  });

  it('keeps which series are hidden, and shows them all again after the last', async () => {
    told();
    await open();
    for (const key of ['m0', 'm1']) {
      await user.click(await screen.findByRole('button', { name: `Model ${key}`, pressed: true }));
    }
    expect(search.hide).toEqual(['m0', 'm1']);
    const [, second] = await bars();
    expect(second).toHaveAccessibleName('Tue, Nov 17, 2026: $0.27');
    await user.click(screen.getByRole('button', { name: 'Model m2', pressed: true }));
    expect(search.hide).toBeUndefined();
  });
});

describe('the chart', () => {
  it('is walked by arrow keys, one stop for Tab', async () => {
    told();
    await open();
    const columns = await bars();
    expect(columns.filter((it) => it.getAttribute('tabindex') === '0')).toEqual([columns[0]]);
    columns[0]?.focus();
    await user.keyboard('{ArrowRight}{ArrowRight}');
    expect(columns[2]).toHaveFocus();
    await user.keyboard('{End}');
    expect(columns[6]).toHaveFocus();
    expect(columns[6]).toHaveAttribute('tabindex', '0');
  });

  it('leads from a bar to the tasks of its day', async () => {
    told();
    const { place } = await open();
    const [, second] = await bars();
    expect(second).toHaveAttribute('href', '/tasks?view=all&from=2026-11-17&to=2026-11-17');
    if (second) fireEvent.click(second);
    await waitFor(() => expect(place()).toContain('/tasks?view=all&from=2026-11-17'));
  });

  it('is a table for who wants one, with the same numbers', async () => {
    told();
    await open({ range: '7d', show: 'tasks' });
    await user.click(await screen.findByRole('button', { name: 'Show as table' }));
    const table = within(await screen.findByRole('table'));
    expect(table.getAllByRole('row')).toHaveLength(8);
    const sums = table
      .getAllByRole('row')
      .slice(1)
      .map((row) => Number(within(row).getAllByRole('cell').at(-1)?.textContent));
    expect(sums.reduce((a, b) => a + b, 0)).toBe(answer.totals.tasks);
  });
});

describe('row 23: export', () => {
  async function exported(item: RegExp): Promise<{ name: string; text: string }> {
    let blob: Blob | undefined;
    let name = '';
    vi.spyOn(URL, 'createObjectURL').mockImplementation((it) => {
      blob = it as Blob;
      return 'blob:x';
    });
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      name = this.download;
    });
    await user.click(await screen.findByRole('button', { name: 'Export' }));
    await user.click(await screen.findByRole('menuitem', { name: item }));
    return { name, text: (await blob?.text()) ?? '' };
  }

  it('gives CSV, a line per day and group, with unrounded numbers', async () => {
    told();
    await open();
    await bars();
    const { name, text } = await exported(/CSV/);
    expect(name).toBe('errand-usage-2026-11-16-to-2026-11-22.csv');
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^date,key,label,tasks,.*cost_usd/);
    expect(lines).toHaveLength(1 + 7 * 3);
    const tasks = lines.slice(1).reduce((sum, line) => sum + Number(line.split(',')[3]), 0);
    expect(tasks).toBe(answer.totals.tasks);
  });

  it('gives no spreadsheet a formula, whatever a repository is called', async () => {
    told({ ...answer, groups: answer.groups.map((group) => ({ ...group, label: '=HYPERLINK("//evil")' })) });
    await open();
    await bars();
    const { text } = await exported(/CSV/);
    expect(text).not.toMatch(/,"?=/);
    expect(text).toContain(`'=HYPERLINK`);
  });

  it('gives JSON as the API gave it', async () => {
    told();
    await open();
    await bars();
    const { text } = await exported(/JSON/);
    expect(JSON.parse(text)).toEqual(answer);
  });
});

describe('empty, loading, error', () => {
  it('says that no task ended in the range, and offers a wider one', async () => {
    told({ ...answer, totals: totals(), groups: [], days: [], top_tasks: [] });
    await open();
    expect(await screen.findByRole('heading', { name: 'No task ended in this range' })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Look at the last 90 days' }));
    expect(search.range).toBe('90d');
  });

  it('has the shape of the page while it loads', async () => {
    told(new Promise(() => undefined));
    await open();
    expect(screen.getByRole('status')).toHaveTextContent('Loading the usage');
  });

  it('says what went wrong and tries again', async () => {
    let broken = true;
    api.answers({
      'GET /v1/usage': () =>
        broken ? problem(503, 'busy', { detail: 'Come back later.', request_id: 'req-7' }) : answer,
    });
    await open();
    expect(await screen.findByRole('alert')).toHaveTextContent('Come back later.');
    expect(screen.getByText('req-7')).toBeInTheDocument();
    broken = false;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect((await bars()).length).toBe(7);
  });
});

describe('everyone’s usage', () => {
  it('is offered to admins alone', async () => {
    told();
    await open({ scope: 'all', by: 'user' });
    await bars();
    expect(screen.queryByRole('radio', { name: 'Everyone’s' })).toBeNull();
    expect(
      api.asked('GET /v1/usage').every((call) => call.query.scope === 'mine' && call.query.group_by !== 'user'),
    ).toBe(true);
  });

  it('is grouped by user', async () => {
    told();
    await open({ range: '7d' }, true);
    await user.click(await screen.findByRole('radio', { name: 'Everyone’s' }));
    await user.click(await screen.findByRole('radio', { name: 'User' }));
    await waitFor(() =>
      expect(api.asked('GET /v1/usage').at(-1)?.query).toMatchObject({ scope: 'all', group_by: 'user' }),
    );
  });
});

import { problem, show, stubApi } from '@test/stub-api';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { BulkRequest, QueueView } from '@/api/types';
import { QueuePage } from './page';

const api = stubApi();
const user = userEvent.setup();

const VIEW: QueueView = {
  depth: 37,
  running: 18,
  limit: 24,
  waiting: { slots: 21, user_limit: 7, not_before: 5, backoff: 4, paused: 0 },
  by_priority: { urgent: 2, high: 9, normal: 21, low: 5 },
  started_per_hour: 64,
  ended_per_hour: 61,
  oldest_queued_at: new Date(Date.now() - 14 * 60_000 - 5_000).toISOString(),
  estimate_s: 2_200,
  paused: null,
  throughput: Array.from({ length: 24 }, (_, i) => ({
    hour: new Date(Date.UTC(2026, 10, 22, i)).toISOString(),
    succeeded: i,
    failed: i % 3,
    canceled: 0,
  })),
};
const PAUSED: QueueView = {
  ...VIEW,
  paused: {
    at: new Date().toISOString(),
    by: { id: 'user_1', email: 'ada@example.com' },
    note: 'new image',
    drained: false,
  },
};

const open = () => show(<QueuePage zone="UTC" />);
const value = async (label: string) => (await screen.findByText(label, { selector: 'dt' })).nextElementSibling;

describe('an operator sees', () => {
  it('depth, rates, the oldest and the estimate', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW });
    await open();
    expect(await value('Waiting')).toHaveTextContent('37');
    expect(await value('Started in the last hour')).toHaveTextContent('64');
    expect(await value('Oldest waiting')).toHaveTextContent('14m ago');
    expect(await value('A new task starts in')).toHaveTextContent('~37 min');
  });

  it('how many of the slots are taken', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW });
    await open();
    expect(await screen.findByRole('meter', { name: 'Running tasks' })).toHaveAttribute('aria-valuetext', '18 of 24');
    expect(screen.getByText('6 slots are free.')).toBeInTheDocument();
  });

  it('why what waits does wait, and of what priority it is', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW });
    await open();
    const reasons = await screen.findByRole('region', { name: 'Waiting, by reason' });
    expect(within(reasons).getByText('For a free slot').closest('div')).toHaveTextContent('21');
    const priorities = screen.getByRole('region', { name: 'Waiting, by priority' });
    expect(within(priorities).getByText('Urgent').closest('div')).toHaveTextContent('2');
  });

  it('that a count is “at least” where the API did not count to the end', async () => {
    api.answers({ 'GET /v1/queue': () => ({ ...VIEW, more: true }) });
    await open();
    expect(await value('Waiting')).toHaveTextContent('37+');
    expect(screen.getByText('at least; there are more')).toBeInTheDocument();
  });

  it('the throughput of 24 hours, to walk by keys', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW });
    await open();
    const hours = await screen.findAllByRole('img', { name: /\d\d:00 – \d\d:00: \d+/ });
    expect(hours).toHaveLength(24);
    hours[0]?.focus();
    await user.keyboard('{End}');
    expect(hours[23]).toHaveFocus();
    expect(hours[23]).toHaveAccessibleName('Sun 23:00 – 00:00: 25 (Succeeded 23, Failed 2)');
  });
});

describe('pause', () => {
  it('takes a note, says what goes on, and shows who paused', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW, 'POST /v1/queue/pause': () => PAUSED });
    await open();
    await user.click(await screen.findByRole('button', { name: 'Pause' }));
    expect(screen.getByText(/What runs now \(18\) goes on to its end/)).toBeInTheDocument();
    await user.type(screen.getByLabelText(/Why/), 'new image');
    await user.click(screen.getByRole('button', { name: 'Pause the queue' }));
    const banner = await screen.findByRole('region', { name: 'The queue is paused' });
    expect(banner).toHaveTextContent('By ada@example.com');
    expect(banner).toHaveTextContent('new image');
    expect(api.asked('POST /v1/queue/pause')[0]?.body).toEqual({ note: 'new image' });
    expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
  });

  it('ends by one click', async () => {
    api.answers({ 'GET /v1/queue': () => PAUSED, 'POST /v1/queue/resume': () => VIEW });
    await open();
    await user.click(await screen.findByRole('button', { name: 'Resume' }));
    await waitFor(() => expect(screen.queryByRole('region', { name: 'The queue is paused' })).toBeNull());
  });
});

describe('row 21: changing many', () => {
  const waiting = { matched: 37, changed: 0, skipped: [], tasks: [], cursor: null };
  const deeds = () => api.asked('POST /v1/tasks/bulk').filter((call) => !(call.body as BulkRequest).dry_run);

  async function choose(item: RegExp) {
    await open();
    await user.click(await screen.findByRole('button', { name: 'All tasks' }));
    await user.click(await screen.findByRole('menuitem', { name: item }));
  }

  it('looks first: nothing is canceled before the number is typed', async () => {
    api.answers({
      'GET /v1/queue': () => VIEW,
      'GET /v1/tasks/task_1': () => ({ id: 'task_1', title: 'Fix the login' }),
      'POST /v1/tasks/bulk': () => ({ ...waiting, tasks: ['task_1'] }),
    });
    await choose(/Cancel all/);
    expect(await screen.findByText('37 tasks')).toBeInTheDocument();
    expect(await screen.findByText('Fix the login')).toBeInTheDocument();
    const button = screen.getByRole('button', { name: 'Cancel 37 tasks' });
    expect(button).toBeDisabled();
    await user.type(screen.getByLabelText(/Type/), 'cancel all');
    expect(button).toBeDisabled();
    expect(deeds()).toHaveLength(0);
  });

  it('follows the cursor to the end, shows how far it is, and what was left alone', async () => {
    api.answers({
      'GET /v1/queue': () => VIEW,
      'POST /v1/tasks/bulk': ({ body }) => {
        const { dry_run, cursor } = body as BulkRequest;
        if (dry_run) return waiting;
        return cursor
          ? { matched: 17, changed: 16, skipped: [{ id: 'x', code: 'already_ended' }], cursor: null }
          : { matched: 20, changed: 20, skipped: [], cursor: 'second' };
      },
    });
    await choose(/Cancel all/);
    await user.type(await screen.findByLabelText(/Type/), 'cancel 37 tasks');
    await user.click(screen.getByRole('button', { name: 'Cancel 37 tasks' }));
    expect(await screen.findByText('36 tasks')).toBeInTheDocument();
    expect(await screen.findByText('1 task left alone: already over')).toBeInTheDocument();
    expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '37');
    expect(deeds().map((call) => call.body)).toEqual([
      { action: 'cancel', filter: { state: ['queued', 'scheduled'] }, scope: 'all' },
      { action: 'cancel', filter: { state: ['queued', 'scheduled'] }, scope: 'all', cursor: 'second' },
    ]);
  });

  it('goes on from where an error stopped it, never from the start', async () => {
    let broken = true;
    api.answers({
      'GET /v1/queue': () => VIEW,
      'POST /v1/tasks/bulk': ({ body }) => {
        const { dry_run, cursor } = body as BulkRequest;
        if (dry_run) return { ...waiting, matched: 8 };
        if (!cursor) return { matched: 5, changed: 5, skipped: [], cursor: 'second' };
        if (broken) return problem(503, 'busy', { detail: 'Too busy just now.' });
        return { matched: 3, changed: 3, skipped: [], cursor: null };
      },
    });
    await choose(/Retry all/);
    await user.type(await screen.findByLabelText(/Type/), 'retry 8 tasks');
    await user.click(screen.getByRole('button', { name: 'Retry 8 tasks' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('Too busy just now.');
    broken = false;
    await user.click(screen.getByRole('button', { name: 'Go on' }));
    expect(await screen.findByText('8 tasks')).toBeInTheDocument();
    expect(deeds().map((call) => (call.body as BulkRequest).cursor)).toEqual([undefined, 'second', 'second']);
  });

  it('says that there is nothing to do where nothing matches', async () => {
    api.answers({ 'GET /v1/queue': () => VIEW, 'POST /v1/tasks/bulk': () => ({ ...waiting, matched: 0 }) });
    await choose(/Retry all/);
    expect(await screen.findByText(/is nothing to do/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Retry' })).toBeDisabled();
  });
});

describe('empty, loading, error', () => {
  it('is calm when nothing waits and nothing ran', async () => {
    api.answers({
      'GET /v1/queue': () => ({
        ...VIEW,
        depth: 0,
        running: 0,
        waiting: { slots: 0, user_limit: 0, not_before: 0, backoff: 0, paused: 0 },
        by_priority: { urgent: 0, high: 0, normal: 0, low: 0 },
        oldest_queued_at: null,
        estimate_s: null,
        throughput: VIEW.throughput.map(({ hour }) => ({ hour, succeeded: 0, failed: 0, canceled: 0 })),
      }),
    });
    await open();
    expect(await screen.findAllByText('Nothing waits.')).toHaveLength(2);
    expect(screen.getByText('Nothing in this time')).toBeInTheDocument();
  });

  it('has the shape of the page while it loads', async () => {
    api.answers({ 'GET /v1/queue': () => new Promise(() => undefined) });
    await open();
    expect(await screen.findByText('Loading the queue')).toBeInTheDocument();
  });

  it('says what went wrong and tries again', async () => {
    let broken = true;
    api.answers({ 'GET /v1/queue': () => (broken ? problem(503, 'busy', { detail: 'Come back later.' }) : VIEW) });
    await open();
    expect(await screen.findByRole('alert')).toHaveTextContent('The queue could not be loaded');
    broken = false;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await value('Waiting')).toHaveTextContent('37');
  });

  it('keeps the last numbers when a later look fails, and says that they may be old', async () => {
    let broken = false;
    api.answers({ 'GET /v1/queue': () => (broken ? problem(503, 'busy') : VIEW) });
    const { client } = await open();
    await value('Waiting');
    broken = true;
    await client.invalidateQueries({ queryKey: ['queue'] });
    expect(await screen.findByRole('alert')).toHaveTextContent('these numbers may be old');
    expect(await value('Waiting')).toHaveTextContent('37');
  });
});

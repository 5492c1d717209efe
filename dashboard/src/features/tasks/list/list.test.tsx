import { renderApp } from '@test/render-app';
import { aTask, at, count, problem, serveApi, server } from '@test/server';
import { act, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import type { BulkAnswer, BulkRequest, Page, Task } from '@/api/types';
import { live } from '@/live/live';
import type { Follower } from '@/live/socket';

serveApi();

const listing = (...tasks: Task[]) => page({ items: tasks });

function page(answer: Page<Task>) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(at('/v1/tasks'), ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

/** What is pushed reaches the page as if a socket had brought it. */
function pushes() {
  let follower: Follower | undefined;
  vi.spyOn(live, 'follow').mockImplementation((_, given) => {
    follower = given;
    return () => undefined;
  });
  return (task: Task) => act(() => follower?.task?.(task));
}

const rows = async () => within(await screen.findByRole('list', { name: 'Tasks' })).getAllByRole('link');

describe('row 19: filters live in the URL', () => {
  it('asks the server for what the address says', async () => {
    const asked = listing(aTask());
    renderApp('/tasks?view=all&state=failed,canceled&tag=nightly&q=login');
    await rows();
    expect(asked[0]?.getAll('state')).toEqual(['failed', 'canceled']);
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      view: 'all',
      tag: 'nightly',
      q: 'login',
    });
  });

  it('writes what is typed into the address', async () => {
    listing(aTask());
    const { user, search } = renderApp('/tasks?view=all');
    await user.type(await screen.findByRole('searchbox'), 'login');
    await waitFor(() => expect(search()).toEqual({ view: 'all', q: 'login' }));
  });

  it('keeps the filters from tab to tab', async () => {
    listing(aTask());
    const { user, search } = renderApp('/tasks?tag=nightly');
    await user.click(await screen.findByRole('link', { name: /Needs review/ }));
    await waitFor(() => expect(search()).toEqual({ view: 'needs_review', tag: 'nightly' }));
  });

  it('takes one filter away again, and the others stay', async () => {
    listing(aTask());
    const { user, search } = renderApp('/tasks?tag=nightly&state=failed');
    await user.click(await screen.findByRole('button', { name: 'Remove filter: State' }));
    await waitFor(() => expect(search()).toEqual({ tag: 'nightly' }));
  });

  it('walks the filtered rows with J and K and opens one with Enter', async () => {
    const [first, second] = [aTask(), aTask()];
    listing(first, second);
    const { user, router } = renderApp('/tasks');
    const [top, below] = await rows();
    await user.keyboard('j');
    expect(top).toHaveFocus();
    await user.keyboard('jj');
    expect(below).toHaveFocus();
    await user.keyboard('k{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe(`/tasks/${first.id}`));
  });
});

describe('row 15: the list is live', () => {
  it('changes a row in its place', async () => {
    const push = pushes();
    const [first, second] = [aTask({ title: 'First' }), aTask({ title: 'Second' })];
    listing(first, second);
    renderApp('/tasks?view=all');
    await rows();
    push({ ...second, state: 'succeeded', version: 2 });
    expect(await screen.findByText('Succeeded')).toBeInTheDocument();
    expect((await rows()).map((row) => row.textContent)).toEqual(['First', 'Second']);
  });

  it('lets no older version overwrite a newer one', async () => {
    const push = pushes();
    const task = aTask({ state: 'succeeded', version: 5 });
    listing(task);
    renderApp('/tasks?view=all');
    await rows();
    push({ ...task, state: 'running', version: 4 });
    expect(screen.getByText('Succeeded')).toBeInTheDocument();
  });

  it('drops what is not said any more: why a task waited, that it was called off', async () => {
    const push = pushes();
    const waiting = aTask({ state: 'queued', wait: { reason: 'slots' } });
    const canceled = aTask({ state: 'canceled', cancel_requested: true });
    listing(waiting, canceled);
    renderApp('/tasks?view=all');
    await screen.findByText('Waits for a free slot');
    const { wait: _, ...starts } = waiting;
    push({ ...starts, state: 'running', version: 2 });
    const { cancel_requested: __, ...again } = canceled;
    push({ ...again, state: 'running', version: 2 });
    expect(await screen.findAllByText('Running')).toHaveLength(2);
    expect(screen.queryByText('Waits for a free slot')).not.toBeInTheDocument();
    expect(screen.queryByText('Canceling')).not.toBeInTheDocument();
  });

  it('says that there are new tasks and moves nothing until one asks', async () => {
    const push = pushes();
    const known = aTask({ title: 'Known' });
    listing(known);
    const { user } = renderApp('/tasks');
    await rows();
    const [one, two] = [aTask({ title: 'New one' }), aTask({ title: 'New two' })];
    push(one);
    push(two);
    const pill = await screen.findByRole('button', { name: '2 new' });
    expect(screen.queryByText('New one')).not.toBeInTheDocument();
    listing(two, one, known);
    await user.click(pill);
    expect(await screen.findByText('New one')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /new$/ })).not.toBeInTheDocument();
  });

  it('does not announce a task that the filters would hide', async () => {
    const push = pushes();
    listing(aTask());
    renderApp('/tasks?tag=nightly');
    await rows();
    push(aTask({ tags: ['docs'] }));
    push(aTask({ tags: ['nightly'] }));
    expect(await screen.findByRole('button', { name: '1 new' })).toBeInTheDocument();
  });
});

describe('row 21: bulk actions', () => {
  const deeds: BulkRequest[] = [];
  const answers = (look: BulkAnswer, deed: BulkAnswer) => {
    deeds.length = 0;
    server.use(
      http.post<never, BulkRequest>(at('/v1/tasks/bulk'), async ({ request }) => {
        const asked = await request.json();
        if (!asked.dry_run) deeds.push(asked);
        return HttpResponse.json(asked.dry_run ? look : deed);
      }),
    );
  };

  it('selects with X and a range with Shift, cancels after a question, and says what was left alone', async () => {
    const tasks = [aTask({ title: 'A' }), aTask({ title: 'B' }), aTask({ title: 'C' })];
    listing(...tasks);
    answers(
      { matched: 3, changed: 0, skipped: [] },
      { matched: 3, changed: 2, skipped: [{ id: tasks[2]?.id ?? '', code: 'already_ended' }] },
    );
    const { user } = renderApp('/tasks');
    await rows();
    await user.keyboard('jx');
    expect(await screen.findByText('1 selected')).toBeInTheDocument();
    await user.keyboard('{Shift>}');
    await user.click(screen.getByRole('checkbox', { name: 'Select C' }));
    await user.keyboard('{/Shift}');
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    const dialog = await screen.findByRole('dialog', { name: 'Cancel 3 tasks' });
    const agree = await within(dialog).findByRole('button', { name: 'Cancel 3 tasks' });
    expect(deeds).toEqual([]);
    // Whoever picked each of them need not type how many there are.
    await user.click(agree);
    expect(await screen.findByText('2 tasks')).toBeInTheDocument();
    expect(screen.getByText('1 task left alone: already over')).toBeInTheDocument();
    expect(deeds).toEqual([{ action: 'cancel', ids: tasks.map((task) => task.id) }]);
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    expect(screen.queryByText(/selected/)).not.toBeInTheDocument();
  });

  it('says before the deed which of them would be left alone', async () => {
    listing(aTask({ title: 'A' }), aTask({ title: 'B' }));
    const skipped = [{ id: 'b', code: 'not_found' }];
    answers({ matched: 1, changed: 0, skipped }, { matched: 1, changed: 1, skipped });
    const { user } = renderApp('/tasks');
    await rows();
    await user.click(screen.getByRole('button', { name: 'Select all shown' }));
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    expect(await screen.findByRole('button', { name: 'Cancel 1 task' })).toBeInTheDocument();
    expect(screen.getByText('1 task left alone: no longer there')).toBeInTheDocument();
  });

  it('is told to its end also when its tasks leave the list', async () => {
    listing(aTask({ title: 'A', state: 'failed' }));
    answers({ matched: 1, changed: 0, skipped: [] }, { matched: 1, changed: 1, skipped: [] });
    const { user } = renderApp('/tasks?view=all&state=failed');
    await rows();
    await user.click(screen.getByRole('button', { name: 'Select all shown' }));
    await user.click(await screen.findByRole('button', { name: 'Retry' }));
    const agree = await screen.findByRole('button', { name: 'Retry 1 task' });
    listing();
    await user.click(agree);
    expect(await screen.findByText('No task matches')).toBeInTheDocument();
    expect(screen.getByText(/queued again/)).toBeVisible();
  });

  it('changes all that match only after their number is typed', async () => {
    page({ items: [aTask()], next_cursor: 'older' });
    answers({ matched: 120, changed: 0, skipped: [] }, { matched: 120, changed: 120, skipped: [] });
    const { user } = renderApp('/tasks?tag=nightly');
    await rows();
    await user.click(screen.getByRole('button', { name: 'Select all shown' }));
    await user.click(await screen.findByRole('button', { name: 'Select all that match' }));
    await user.click(screen.getByRole('button', { name: 'Retry' }));
    const agree = await screen.findByRole('button', { name: 'Retry 120 tasks' });
    expect(agree).toBeDisabled();
    await user.type(screen.getByLabelText(/^Type/), 'retry 120 tasks{Enter}');
    expect(await screen.findByText(/queued again/)).toBeInTheDocument();
    expect(deeds).toEqual([{ action: 'retry', filter: { view: 'active', tag: ['nightly'] } }]);
  });
});

describe('row 26: empty states', () => {
  it('offers a sample task to who has never had one, and opens it', async () => {
    const handedIn: unknown[] = [];
    const sample = aTask();
    server.use(
      http.get(at('/v1/tasks/counts'), () =>
        HttpResponse.json({ active: count(0), needs_review: count(0), all: count(0) }),
      ),
      http.post(at('/v1/tasks'), async ({ request }) => {
        handedIn.push(await request.json());
        return HttpResponse.json(sample, { status: 201 });
      }),
    );
    const { user, router } = renderApp('/tasks');
    await user.click(await screen.findByRole('button', { name: 'Run a sample task' }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/tasks/${sample.id}`));
    expect(handedIn).toHaveLength(1);
    expect(handedIn[0]).not.toHaveProperty('repository');
  });

  it('says that the filters hide everything, with a way out', async () => {
    listing();
    const { user, search } = renderApp('/tasks?tag=nothing');
    await user.click(await screen.findByRole('link', { name: 'Clear the filters' }));
    await waitFor(() => expect(search()).toEqual({}));
  });

  it('shows the server’s words and the request where the list cannot be read', async () => {
    server.use(
      http.get(at('/v1/tasks'), () =>
        problem(503, 'unavailable', { detail: 'The table is away.', request_id: 'req_1' }),
      ),
    );
    renderApp('/tasks');
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The table is away.');
    expect(alert).toHaveTextContent('req_1');
  });

  it('offers a viewer nothing that only a member may do', async () => {
    server.use(http.get(at('/v1/me'), () => HttpResponse.json({ id: 'u', email: 'v@example.org', role: 'viewer' })));
    listing(aTask());
    const { user } = renderApp('/tasks');
    await rows();
    await user.keyboard('jx');
    expect(await screen.findByText('1 selected')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Retry' })).not.toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'New task' })).not.toBeInTheDocument();
  });
});

import { renderApp } from '@test/render-app';
import { aTask, at, problem, serveApi, server } from '@test/server';
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { EMPTY, inputOf, toNewTask } from './values';

serveApi();

/** Takes tasks in; the first ones as `answers` say. */
function takes(...answers: (() => Response)[]) {
  const asked: { body: unknown; key: string | null }[] = [];
  server.use(
    http.post(at('/v1/tasks'), async ({ request }) => {
      asked.push({ body: await request.json(), key: request.headers.get('idempotency-key') });
      return answers[asked.length - 1]?.() ?? HttpResponse.json(aTask({ id: 'task_made' }), { status: 201 });
    }),
  );
  return asked;
}

describe('a new task', () => {
  it('is handed in with Ctrl+Enter from within the prompt, and opened', async () => {
    const asked = takes();
    const { user, router } = renderApp('/tasks/new');
    await user.type(await screen.findByLabelText('Prompt'), 'Fix the test');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks/task_made'));
    expect(asked.map((call) => call.body)).toEqual([
      { prompt: 'Fix the test', priority: 'normal', timeout_s: 3600, max_attempts: 3 },
    ]);
  });

  it('says what is missing without asking the server', async () => {
    const asked = takes();
    const { user } = renderApp('/tasks/new');
    await user.type(await screen.findByLabelText(/Repository/), 'acme/shop');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    expect(await screen.findByText('Say what is to be done.')).toBeInTheDocument();
    expect(screen.getByText('An address that starts with https://.')).toBeInTheDocument();
    expect(screen.getByLabelText('Prompt')).toHaveFocus();
    expect(asked).toEqual([]);
  });

  it('shows what the problem document says of a field at that field', async () => {
    takes(() =>
      problem(422, 'invalid', { errors: [{ field: 'repository.url', message: 'must not hold credentials' }] }),
    );
    const { user } = renderApp('/tasks/new');
    await user.type(await screen.findByLabelText('Prompt'), 'x');
    const repository = screen.getByLabelText(/Repository/);
    await user.type(repository, 'https://me:pw@example.org/a');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    expect(await screen.findByText('Must not hold credentials.')).toBeInTheDocument();
    expect(repository).toHaveAttribute('aria-invalid', 'true');
  });

  it('row 17: sent again unchanged it is the same task, changed it is another', async () => {
    const away = () => problem(503, 'unavailable', { detail: 'The table is away.' });
    const asked = takes(away, away);
    const { user, router } = renderApp('/tasks/new');
    const prompt = await screen.findByLabelText('Prompt');
    await user.type(prompt, 'x');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The table is away.');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    await waitFor(() => expect(asked).toHaveLength(2));
    await user.type(prompt, 'y');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks/task_made'));
    expect(asked[1]?.key).toBe(asked[0]?.key);
    expect(asked[2]?.key).not.toBe(asked[0]?.key);
  });

  it('keeps a draft until it is handed in', async () => {
    takes();
    const first = renderApp('/tasks/new');
    await first.user.type(await screen.findByLabelText('Prompt'), 'Half a thought');
    first.unmount();
    const second = renderApp('/tasks/new');
    const prompt = await screen.findByLabelText('Prompt');
    expect(prompt).toHaveValue('Half a thought');
    await second.user.click(screen.getByRole('button', { name: 'Hand in' }));
    await waitFor(() => expect(second.router.state.location.pathname).toBe('/tasks/task_made'));
    second.unmount();
    renderApp('/tasks/new');
    expect(await screen.findByLabelText('Prompt')).toHaveValue('');
  });

  it('row 18: a retry is filled with the task before, and leaves the draft alone', async () => {
    const before = aTask({
      title: 'Old',
      tags: ['nightly'],
      spec: {
        prompt: 'Do it again',
        timeout_s: 600,
        budget_usd_micros: 2_500_000,
        repository: { url: 'https://github.com/acme/shop', ref: 'main' },
      },
    });
    server.use(http.get(at(`/v1/tasks/${before.id}`), () => HttpResponse.json(before)));
    const asked = takes();
    const { user } = renderApp(`/tasks/new?from=${before.id}`);
    expect(await screen.findByLabelText('Prompt')).toHaveValue('Do it again');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.body).toEqual({
      prompt: 'Do it again',
      title: 'Old',
      repository: { url: 'https://github.com/acme/shop', ref: 'main' },
      budget_usd_micros: 2_500_000,
      timeout_s: 600,
      priority: 'normal',
      tags: ['nightly'],
      max_attempts: 3,
    });
    expect(localStorage.getItem('errand:new-task')).toBeNull();
  });

  it('says what to do where the queue is full, and keeps what was written', async () => {
    takes(() => problem(429, 'queue_full'));
    const { user } = renderApp('/tasks/new');
    await user.type(await screen.findByLabelText('Prompt'), 'x');
    await user.click(screen.getByRole('button', { name: 'Hand in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('You have as many tasks waiting as you may.');
    expect(screen.getByLabelText('Prompt')).toHaveValue('x');
  });
});

describe('the form', () => {
  it('reads dollars, minutes and tags as people write them', () => {
    const values = { ...EMPTY, prompt: 'x', budget: '2.50', timeout: '1.5', tags: 'a, b,, a ', maxTurns: '7' };
    expect(toNewTask(values)).toMatchObject({
      budget_usd_micros: 2_500_000,
      timeout_s: 90,
      tags: ['a', 'b'],
      max_turns: 7,
    });
  });

  it('finds the input of a field, an element of a list too', () => {
    expect(['tags[3]', 'repository.ref', 'budget_usd_micros', 'unheard_of'].map(inputOf)).toEqual([
      'tags',
      'ref',
      'budget',
      undefined,
    ]);
  });
});

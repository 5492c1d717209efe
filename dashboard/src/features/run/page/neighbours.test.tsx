import { renderApp } from '@test/render-app';
import { aTask, at, serveApi, server } from '@test/server';
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';

serveApi();

const tasks = ['First', 'Second', 'Third'].map((title) => aTask({ title }));
const idOf = (title: string) => tasks.find((task) => task.title === title)?.id;

function open(path: string) {
  server.use(
    http.get(at('/v1/tasks'), () => HttpResponse.json({ items: tasks })),
    http.get(at('/v1/tasks/:id'), ({ params }) => HttpResponse.json(tasks.find(({ id }) => id === params.id))),
  );
  const app = renderApp(path);
  const press = (keys: string) => app.user.keyboard(keys);
  return { ...app, press, place: () => app.router.state.location.pathname };
}

describe('row 19: [ and ]', () => {
  it('go to the task before and after in the list, stop at its ends, and leave the way back to it', async () => {
    const { user, press, place, router } = open('/tasks?view=all');
    await user.click(await screen.findByRole('link', { name: /Second/ }));
    await screen.findByRole('heading', { name: 'Second' });
    await press(']');
    await screen.findByRole('heading', { name: 'Third' });
    await press(']');
    expect(place()).toBe(`/tasks/${idOf('Third')}`);
    await press('[[');
    await waitFor(() => expect(place()).toBe(`/tasks/${idOf('Second')}`));
    await screen.findByRole('heading', { name: 'Second' });
    await press('[[');
    await screen.findByRole('heading', { name: 'First' });
    await press('[[');
    expect(place()).toBe(`/tasks/${idOf('First')}`);
    router.history.back();
    await waitFor(() => expect(place()).toBe('/tasks'));
  });

  it('do nothing where no list was looked at', async () => {
    const { press, place } = open(`/tasks/${idOf('Second')}`);
    await screen.findByRole('heading', { name: 'Second' });
    await press(']');
    await press('[[');
    expect(place()).toBe(`/tasks/${idOf('Second')}`);
  });
});

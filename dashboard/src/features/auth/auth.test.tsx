import { renderApp } from '@test/render-app';
import { at, problem, serveApi, server } from '@test/server';
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetLink, takeLinkFromAddress } from './link';
import { safeNext } from './next';

serveApi();
const tokens = () => HttpResponse.json({ access_token: 'access', expires_in: 600, token_type: 'Bearer' });

beforeEach(() => server.use(http.post(at('/v1/auth/refresh'), () => problem(401, 'unauthorized'))));
afterEach(() => {
  forgetLink();
  history.replaceState(null, '', '/');
});

describe('where one goes after the sign-in', () => {
  it.each([
    ['/tasks?view=all#x', '/tasks?view=all#x'],
    ['//evil.example', '/tasks'],
    ['/\\evil.example', '/tasks'],
    ['https://evil.example', '/tasks'],
    ['javascript:alert(1)', '/tasks'],
    ['/login?next=/login', '/tasks'],
    [undefined, '/tasks'],
  ])('%s leads to %s', (next, path) => expect(safeNext(next)).toBe(path));
});

describe('signing in by password', () => {
  it('is asked of whoever opens a page, and leads back to it', async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at('/v1/auth/login'), async ({ request }) => {
        asked.push(await request.json());
        return tokens();
      }),
    );
    const { user, router } = renderApp('/tasks?view=all');
    await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
    await user.type(screen.getByLabelText('Password'), 'correct horse');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(router.state.location.href).toBe('/tasks?view=all'));
    expect(asked).toEqual([{ email: 'ada@example.org', password: 'correct horse', cookie: true }]);
  });

  it('says that the credentials are wrong, and not which', async () => {
    server.use(http.post(at('/v1/auth/login'), () => problem(401, 'unauthorized')));
    const { user } = renderApp('/login');
    await user.type(await screen.findByLabelText('Email'), 'ada@example.org');
    await user.type(screen.getByLabelText('Password'), 'wrong{Enter}');
    expect(await screen.findByRole('alert')).toHaveTextContent('Email or password are not right.');
  });
});

describe('signing in by a one-use link', () => {
  /** As `main.tsx` does it, before the router reads the address. */
  function openLink(token: string) {
    history.replaceState(null, '', `/login#link=${token}`);
    takeLinkFromAddress();
  }

  it('takes the token out of the address before anything else, and trades it once', async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at('/v1/auth/link'), async ({ request }) => {
        asked.push(await request.json());
        return tokens();
      }),
    );
    openLink('good-1');
    expect(location.href).not.toContain('good-1');
    const { router } = renderApp('/login');
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks'));
    expect(asked).toEqual([{ token: 'good-1', cookie: true }]);
  });

  it('asks for a password where the link invites', async () => {
    const asked: unknown[] = [];
    server.use(
      http.post(at('/v1/auth/link'), async ({ request }) => {
        const body = (await request.json()) as { password?: string };
        asked.push(body);
        if (body.password) return tokens();
        return problem(422, 'invalid', { errors: [{ field: 'password', message: 'must be there' }] });
      }),
    );
    openLink('invite-1');
    const { user, router } = renderApp('/login');
    await user.type(await screen.findByLabelText('New password'), 'three blue boats');
    await user.click(screen.getByRole('button', { name: 'Set password and sign in' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks'));
    expect(asked.at(-1)).toEqual({ token: 'invite-1', password: 'three blue boats', cookie: true });
  });

  it('says of a spent link that it is spent, and offers the password', async () => {
    server.use(http.post(at('/v1/auth/link'), () => problem(401, 'unauthorized')));
    openLink('spent-1');
    renderApp('/login');
    expect(await screen.findByRole('alert')).toHaveTextContent('This link has been used or has expired.');
    expect(screen.getByLabelText('Email')).toBeInTheDocument();
  });
});

describe('signing out', () => {
  beforeEach(() => server.use(http.post(at('/v1/auth/refresh'), tokens)));

  it('leaves nothing of who was here in the cache, even where the server is away', async () => {
    server.use(http.post(at('/v1/auth/logout'), () => problem(503, 'unavailable')));
    const { user, router, queryClient } = renderApp('/tasks');
    await user.click((await screen.findAllByRole('button', { name: /Account/ }))[0] as HTMLElement);
    server.use(http.post(at('/v1/auth/refresh'), () => problem(401, 'unauthorized')));
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/login'));
    await waitFor(() => expect(queryClient.getQueryData(['me'])).toBeUndefined());
  });

  it('everywhere asks first and ends all sign-ins', async () => {
    let ended = 0;
    server.use(
      http.delete(at('/v1/sessions'), () => {
        ended += 1;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user, router } = renderApp('/tasks');
    await user.click((await screen.findAllByRole('button', { name: /Account/ }))[0] as HTMLElement);
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out everywhere' }));
    expect(ended).toBe(0);
    server.use(http.post(at('/v1/auth/refresh'), () => problem(401, 'unauthorized')));
    await user.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/login'));
    expect(ended).toBe(1);
  });
});

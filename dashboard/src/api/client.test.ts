import { at, ORIGIN, problem, serveApi, server } from '@test/server';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { api, body } from './client';
import { ProblemError } from './problem';
import { session } from './session';

serveApi();
beforeEach(() => session.end());

/** Counts refreshes; each gives another token. */
function refreshes(expiresIn = 600) {
  const seen: string[] = [];
  server.use(
    http.post(at('/v1/auth/refresh'), () => {
      seen.push(`token-${seen.length + 1}`);
      return HttpResponse.json({ access_token: seen.at(-1), expires_in: expiresIn, token_type: 'Bearer' });
    }),
  );
  return seen;
}

/** What `GET /v1/me` was signed with. */
function meAsked(answer: (authorization: string | null) => Response) {
  const seen: (string | null)[] = [];
  server.use(
    http.get(at('/v1/me'), ({ request }) => {
      seen.push(request.headers.get('authorization'));
      return answer(seen.at(-1) ?? null);
    }),
  );
  return seen;
}

const me = () => HttpResponse.json({ id: 'u', email: 'ada@example.org', role: 'member' });

describe('the sign-in', () => {
  it('is renewed once, however many calls wait for it', async () => {
    const renewed = refreshes();
    const asked = meAsked(me);
    await Promise.all(Array.from({ length: 5 }, () => api.GET('/v1/me')));
    expect(renewed).toEqual(['token-1']);
    expect(asked).toEqual(Array(5).fill('Bearer token-1'));
  });

  it('is renewed once more where the server no longer takes the token', async () => {
    const renewed = refreshes();
    const asked = meAsked((authorization) =>
      authorization === 'Bearer token-1' ? problem(401, 'unauthorized') : me(),
    );
    await api.GET('/v1/me');
    expect(renewed).toHaveLength(2);
    expect(asked).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('is renewed before its end and not for each call', async () => {
    const renewed = refreshes(29);
    meAsked(me);
    await api.GET('/v1/me');
    await api.GET('/v1/me');
    expect(renewed).toHaveLength(2);
  });

  it('ends where the cookie is refused, and says so once', async () => {
    refreshes(29);
    meAsked(me);
    await api.GET('/v1/me');
    server.use(http.post(at('/v1/auth/refresh'), () => problem(401, 'unauthorized')));
    meAsked(() => problem(401, 'unauthorized'));
    const ended = vi.fn();
    const stop = session.onEnded(ended);
    await expect(api.GET('/v1/me')).rejects.toMatchObject({ status: 401 });
    await expect(api.GET('/v1/me')).rejects.toMatchObject({ status: 401 });
    expect(ended).toHaveBeenCalledOnce();
    stop();
  });

  it('outlives a server that is away for a moment', async () => {
    refreshes(29);
    meAsked(me);
    await api.GET('/v1/me');
    server.use(http.post(at('/v1/auth/refresh'), () => problem(503, 'unavailable')));
    await expect(api.GET('/v1/me')).rejects.toMatchObject({ status: 503 });
    expect(session.isSignedIn()).toBe(true);
  });

  it('is not ended by a refusal that was on its way while somebody signed in', async () => {
    let refuse = () => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      server.use(
        http.post(at('/v1/auth/refresh'), async () => {
          resolve();
          await refused;
          return problem(401, 'unauthorized');
        }),
      );
    });
    const renewal = session.renew();
    await asked;
    session.keep({ access_token: 'new', expires_in: 600 });
    refuse();
    expect(await renewal).toBe(true);
    expect(await session.token()).toBe('new');
  });

  it('keeps no token where a script or another page could find it', async () => {
    refreshes();
    meAsked(me);
    await api.GET('/v1/me');
    const kept = JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie + location.href;
    expect(kept).not.toContain('token-1');
  });
});

describe('row 17: no command is sent twice', () => {
  it('gives each POST a key, and a repeat after a renewed sign-in the same', async () => {
    refreshes();
    const keys: (string | null)[] = [];
    server.use(
      http.post(at('/v1/tasks/:id/cancel'), ({ request }) => {
        keys.push(request.headers.get('idempotency-key'));
        return keys.length === 1 ? problem(401, 'unauthorized') : HttpResponse.json({});
      }),
    );
    const cancel = () => api.POST('/v1/tasks/{id}/cancel', { params: { path: { id: 'task_1' } } });
    await cancel();
    await cancel();
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

describe('a problem', () => {
  it('is thrown with its code, its words, its fields and when to come back', async () => {
    refreshes();
    server.use(
      http.get(`${ORIGIN}/v1/me`, () =>
        HttpResponse.json(
          {
            type: 'urn:errand:problem:queue_full',
            title: 'The queue is full',
            status: 429,
            detail: 'You have 100 tasks waiting.',
            request_id: 'req_1',
            errors: [{ field: 'tags[3]', message: 'is too long' }],
          },
          { status: 429, headers: { 'retry-after': '30' } },
        ),
      ),
    );
    const error = await body(api.GET('/v1/me')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      code: 'queue_full',
      message: 'You have 100 tasks waiting.',
      requestId: 'req_1',
      retryAfterSeconds: 30,
    });
    expect((error as ProblemError).fields.get('tags[3]')).toBe('is too long');
  });

  it('is made of what is there where something else than Errand answered', async () => {
    refreshes();
    meAsked(() => new HttpResponse('<html>Bad gateway</html>', { status: 502 }));
    await expect(api.GET('/v1/me')).rejects.toMatchObject({ status: 502, code: 'unspoken' });
  });
});

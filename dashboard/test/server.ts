import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Task } from '@/api/types';

export const ORIGIN = 'http://localhost:3000';
export const at = (path: string) => `${ORIGIN}${path}`;

/** An API in which Ada is signed in and has no tasks. A test says what is different. */
export const server = setupServer(
  http.post(at('/v1/auth/refresh'), () =>
    HttpResponse.json({ access_token: 'access', expires_in: 600, token_type: 'Bearer' }),
  ),
  http.get(at('/v1/me'), () => HttpResponse.json({ id: ADA, email: 'ada@example.org', role: 'member' })),
  http.get(at('/health'), () => HttpResponse.json({ status: 'ok', version: '1.0.0', model: 'live' })),
  http.get(at('/config.json'), () =>
    HttpResponse.json({ mode: 'local', version: '1.0.0', websocket: '/ws', sign_in: ['password', 'link'] }),
  ),
  http.post(at('/v1/tickets'), () => problem(503, 'unavailable')),
  http.get(at('/v1/tasks/counts'), () =>
    HttpResponse.json({ active: count(0), needs_review: count(0), all: count(1) }),
  ),
  http.get(at('/v1/tasks'), () => HttpResponse.json({ items: [] })),
  http.get(at('/v1/tasks/:id'), () => problem(404, 'not_found')),
  http.get(at('/v1/tasks/:id/events'), () => problem(404, 'not_found')),
);

/** For a file of tests that talk to the API. What no handler answers fails the test. */
export function serveApi(): void {
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
}

const ADA = `user_${'a'.repeat(32)}`;
export const count = (n: number, more = false) => ({ count: n, more });

export const problem = (status: number, code: string, more: object = {}) =>
  HttpResponse.json({ type: `urn:errand:problem:${code}`, title: code, status, ...more }, { status });

let made = 0;

/** A task that nothing is special about, but what is given. */
export function aTask(change: Partial<Task> = {}): Task {
  made += 1;
  return {
    id: `task_${String(made).padStart(32, '0')}`,
    title: `Task ${made}`,
    state: 'running',
    version: 1,
    attempt: 1,
    max_attempts: 3,
    created_at: new Date().toISOString(),
    updated_at: new Date().toISOString(),
    owner: ADA,
    priority: 'normal',
    tags: [],
    usage: {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_creation_tokens: 0,
      cost_usd_micros: 0,
      turns: 0,
    },
    head: 0,
    ...change,
  } as Task;
}

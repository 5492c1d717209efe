import createClient, { type Middleware } from 'openapi-fetch';
import { ProblemError, problemOf } from './problem';
import type { paths } from './schema';
import { session } from './session';

const PUBLIC = /^\/v1\/auth\/(?:login|link|refresh)$/;

/** Signs each call, and renews the sign-in once where the server no longer takes the token. */
export async function signedFetch(request: Request): Promise<Response> {
  if (PUBLIC.test(new URL(request.url).pathname)) return fetch(request);
  const again = request.clone();
  const response = await fetch(signed(request, await session.token()));
  if (response.status !== 401 || !(await session.renew())) return response;
  // What nobody reads keeps its connection.
  void response.body?.cancel();
  return fetch(signed(again, await session.token()));
}

function signed(request: Request, token: string | undefined): Request {
  if (token) request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

const conventions: Middleware = {
  onRequest({ request }) {
    // A repeat after a renewed sign-in carries the same key: one effect.
    if (request.method === 'POST' && !request.headers.has('idempotency-key')) {
      request.headers.set('idempotency-key', crypto.randomUUID());
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return undefined;
  },
};

/** The API, typed by its own description. A call that does not succeed throws a `ProblemError`. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: signedFetch });
api.use(conventions);

/** The body of an answer. `const page = await body(api.GET('/v1/tasks'))`. */
export async function body<T>(call: Promise<{ data?: T; response: Response }>): Promise<NonNullable<T>> {
  const { data, response } = await call;
  if (data === undefined || data === null) {
    throw new ProblemError({ type: 'urn:errand:problem:empty', title: 'An empty answer', status: response.status });
  }
  return data;
}

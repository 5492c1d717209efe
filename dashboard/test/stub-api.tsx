import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { ReactNode } from 'react';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { makeQueryClient } from '@/app/query-client';
import { TooltipProvider } from '@/ui/tooltip';

interface Call {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

type Answer = unknown | Response | Promise<unknown>;

/** An API that answers as it is told, and remembers what it was asked. What it was not told fails the test. */
export function stubApi() {
  const server = setupServer();
  const calls: Call[] = [];
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterEach(() => {
    server.resetHandlers();
    calls.length = 0;
  });
  afterAll(() => server.close());

  const on = (route: string, answer: (call: Call) => Answer) => {
    const [method = 'GET', path = '/'] = route.split(' ');
    const handle = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    server.use(
      http[handle](`*${path}`, async ({ request }) => {
        const url = new URL(request.url);
        const text = await request.text();
        const call = {
          method,
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          body: text ? JSON.parse(text) : undefined,
        };
        calls.push(call);
        const told = await answer(call);
        if (told instanceof Response) return told;
        return told === undefined ? new HttpResponse(null, { status: 204 }) : HttpResponse.json(told as object);
      }),
    );
  };
  const asked = (route: string) => calls.filter((call) => `${call.method} ${call.path}` === route);
  return {
    asked,
    /** Routes and their answers: `{ 'GET /v1/queue': () => view }`. */
    answers(routes: Record<string, (call: Call) => Answer>) {
      on('POST /v1/auth/refresh', () => ({ access_token: 'token', expires_in: 600, token_type: 'Bearer' }));
      for (const [route, answer] of Object.entries(routes)) on(route, answer);
    },
  };
}

export function problem(status: number, code: string, more: object = {}): Response {
  return HttpResponse.json(
    { type: `urn:errand:problem:${code}`, title: code, status, ...more },
    { status, headers: { 'content-type': 'application/problem+json' } },
  ) as unknown as Response;
}

/** Shows a page inside what the application gives it; answers the place one is at. */
export async function show(page: ReactNode) {
  const client = makeQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const router = createRouter({
    routeTree: createRootRoute({ component: () => page }),
    history: createMemoryHistory(),
    defaultNotFoundComponent: () => page,
  });
  await router.load();
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={router as never} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { client, place: () => router.state.location.href };
}

import type { Problem } from './types';

const PREFIX = 'urn:errand:problem:';

/** What a call answered that did not succeed. `message` is a sentence that can be shown. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly status: number;
  /** The stable name: `not_found`, `queue_full`, …; `network` where nothing answered. */
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  /** What is wrong with which field, by the field's path. */
  readonly fields: ReadonlyMap<string, string>;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.code = problem.type.startsWith(PREFIX) ? problem.type.slice(PREFIX.length) : problem.type;
    this.title = problem.title;
    this.detail = problem.detail ?? undefined;
    this.requestId = problem.request_id ?? undefined;
    this.fields = new Map(problem.errors?.map((error) => [error.field, error.message]));
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The problem that an answer carries, or the best that can be said of one that carries none. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return new ProblemError(isProblem(body) ? body : unspoken(response.status), seconds);
}

export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  // `fetch` rejects with a TypeError where no answer came at all.
  if (error instanceof TypeError) {
    return new ProblemError({
      type: `${PREFIX}network`,
      title: 'No answer',
      status: 0,
      detail: 'Errand did not answer. Check the connection and try again.',
    });
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new ProblemError({ type: `${PREFIX}unexpected`, title: 'Something went wrong', status: 0, detail });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'type' in body && 'title' in body && 'status' in body;
}

function unspoken(status: number): Problem {
  const detail =
    status >= 500 ? 'Errand has a problem of its own. Try again in a moment.' : `Errand answered ${status}.`;
  return { type: `${PREFIX}unspoken`, title: 'Something went wrong', status, detail };
}

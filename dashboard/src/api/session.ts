import { type ProblemError, problemOf } from './problem';

/**
 * Who is signed in. The access token lives in this module and nowhere else; what renews it is a cookie that no
 * script can read.
 */
interface Access {
  token: string;
  endsAt: number;
}

/** Renew a little before the end, so that a call on its way does not arrive too late. */
const MARGIN_MS = 30_000;

let access: Access | undefined;
let renewal: Promise<boolean> | undefined;
const listeners = new Set<() => void>();
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('errand:session');
tabs?.addEventListener('message', endedElsewhere);

interface TokenAnswer {
  access_token: string;
  expires_in: number;
}

export const session = {
  keep(answer: TokenAnswer) {
    access = { token: answer.access_token, endsAt: Date.now() + answer.expires_in * 1000 };
  },
  /** Signed out, in every tab. */
  end() {
    access = undefined;
    tabs?.postMessage('ended');
  },
  isSignedIn: () => access !== undefined,
  /** A token that is good for the next call; undefined where nobody is signed in. */
  async token(): Promise<string | undefined> {
    if (access && access.endsAt - Date.now() > MARGIN_MS) return access.token;
    await session.renew();
    return access?.token;
  },
  /** Told once for each sign-in that ended without being asked to. */
  onEnded(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  /** Asks for a new access token, however many callers want one at once. Answers whether somebody is signed in. */
  renew(): Promise<boolean> {
    renewal ??= inTurn(renewOnce).finally(() => {
      renewal = undefined;
    });
    return renewal;
  },
};

async function renewOnce(): Promise<boolean> {
  const before = access;
  const response = await fetch('/v1/auth/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: '{}',
    credentials: 'same-origin',
  });
  if (response.ok) {
    session.keep(await response.json());
    return true;
  }
  const problem: ProblemError = await problemOf(response);
  // Only a refusal ends a sign-in. A server that is away for a moment does not.
  if (problem.status !== 401 && problem.status !== 400 && problem.status !== 403) throw problem;
  // Somebody signed in while the old cookie was being refused.
  if (access !== before) return access !== undefined;
  endedElsewhere();
  return false;
}

function endedElsewhere(): void {
  if (access === undefined) return;
  access = undefined;
  for (const listener of listeners) listener();
}

/**
 * Each refresh replaces the cookie, and one that comes twice looks stolen. So tabs take turns.
 */
async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? await navigator.locks.request('errand:refresh', work) : await work();
}

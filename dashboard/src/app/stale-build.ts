/** What was thrown for a file of the program that did not come. */
const missing = new WeakSet<object>();
export const isMissingFile = (error: unknown): error is Error => error instanceof Error && missing.has(error);

const KEY = 'errand:reloaded-at';
const ONCE_IN_MS = 60_000;

/**
 * A page that was open during a deployment asks for files of the build before. One reload brings the new one; a second
 * would only be a loop. Where the server is away nothing newer can be had, and a reload would take away what is shown.
 */
export function reloadOnceWhenStale(reload = () => location.reload()): void {
  addEventListener('vite:preloadError', ({ payload }) => {
    missing.add(payload);
    // The router would reload without asking whether there is a server. This tells it that it has.
    sessionStorage.setItem(`tanstack_router_reload:${payload.message}`, '1');
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_IN_MS) return;
    void isServed().then((served) => {
      if (!served) return;
      sessionStorage.setItem(KEY, String(Date.now()));
      reload();
    });
  });
}

/** Whether a reload would bring anything. */
export const isServed = () =>
  fetch('/', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

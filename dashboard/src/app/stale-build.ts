/**
 * A page that was open during a deployment asks for files of the build before. One reload brings the new one; a second
 * would only be a loop. Where the server is away nothing newer can be had, and a reload would take away what is shown.
 */
const KEY = 'errand:reloaded-at';
const ONCE_IN_MS = 60_000;

export function reloadOnceWhenStale(reload = () => location.reload()): void {
  addEventListener('vite:preloadError', () => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_IN_MS) return;
    void fetch('/', { cache: 'no-store' }).then(
      (answer) => {
        if (!answer.ok) return;
        sessionStorage.setItem(KEY, String(Date.now()));
        reload();
      },
      () => undefined,
    );
  });
}

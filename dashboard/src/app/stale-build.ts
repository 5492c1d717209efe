/**
 * A page that was open during a deployment asks for files of the build before. One reload brings the new one; a second
 * would only be a loop.
 */
const KEY = 'errand:reloaded-at';
const ONCE_IN_MS = 60_000;

export function reloadOnceWhenStale(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_IN_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    event.preventDefault();
    location.reload();
  });
}

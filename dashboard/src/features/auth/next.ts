/** Where to go after the sign-in: only ever a path of this origin, whatever the address says. */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith('/')) return '/tasks';
  const url = new URL(next, location.origin);
  // `//host` and `/\host` begin with a slash and lead away.
  if (url.origin !== location.origin || url.pathname === '/login') return '/tasks';
  return url.pathname + url.search + url.hash;
}

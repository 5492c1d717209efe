/**
 * A one-use link carries its token in the fragment, which no server and no log sees. It leaves the address before
 * anything else happens, so that no history, bookmark or shared screen keeps it.
 */
let taken: string | undefined;

/** Moves a token from the address into memory. Called before the router reads the address. */
export function takeLinkFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('link');
  if (!token) return;
  taken = token;
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** The token that came with the address. */
export const takenLink = () => taken;

export function forgetLink(): void {
  taken = undefined;
}

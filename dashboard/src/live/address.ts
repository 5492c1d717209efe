/**
 * Where the socket is, seen from this page. The ticket's own `url` is for programs: it names the server as that one knows
 * itself, which is another origin for who came by a tunnel, a proxy or another name, and then the page's policy refuses it.
 */
export function socketAddress(websocket: string, page: string, ticket: string): string {
  const address = new URL(websocket, page);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  address.searchParams.set('ticket', ticket);
  return address.href;
}

import { api, body } from '@/api/client';
import { LiveSocket } from './socket';

/** The page's one socket. Browsers cannot sign a WebSocket, so each connection has a ticket that is good for one. */
export const live = new LiveSocket({
  address: async () => {
    const { url } = await body(api.POST('/v1/tickets'));
    return url;
  },
});

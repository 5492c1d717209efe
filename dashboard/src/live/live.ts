import { api, body } from '@/api/client';
import { readConfig } from '@/api/config';
import { socketAddress } from './address';
import { LiveSocket } from './socket';

/** The page's one socket. Browsers cannot sign a WebSocket, so each connection has a ticket that is good for one. */
export const live = new LiveSocket({
  address: async () => {
    const [{ websocket }, { ticket }] = await Promise.all([readConfig(), body(api.POST('/v1/tickets'))]);
    return socketAddress(websocket, location.href, ticket);
  },
});

import { expect, test } from 'vitest';
import { socketAddress } from './address';

test.each([
  ['/ws', 'http://127.0.0.1:4100/tasks', 'ws://127.0.0.1:4100/ws?ticket=errand_ticket_x'],
  ['/ws', 'https://errand.example.org/', 'wss://errand.example.org/ws?ticket=errand_ticket_x'],
  ['wss://live.example.org/prod', 'https://errand.example.org/', 'wss://live.example.org/prod?ticket=errand_ticket_x'],
])('the socket %s of %s is %s', (websocket, page, address) => {
  expect(socketAddress(websocket, page, 'errand_ticket_x')).toBe(address);
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backoff } from './backoff';
import { useConnection } from './connection';
import { readFrame } from './frames';
import { LiveSocket } from './socket';

/** The other end of a socket, in the hands of a test. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
  readyState = 0;
  readonly sent: { action: string; topics?: string[] }[] = [];
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
  accept() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  say(frame: unknown) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }
  /** Accepts, and answers what is subscribed to. */
  settle() {
    this.accept();
    this.say({ type: 'heads', heads: {} });
  }
}

const flush = () => vi.advanceTimersByTimeAsync(0);
const follower = () => ({ opened: vi.fn(), events: vi.fn(), head: vi.fn(), task: vi.fn(), poll: vi.fn() });
let tickets = 0;
let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  tickets = 0;
  socket = new LiveSocket({ address: async () => `ws://errand/ws?ticket=${++tickets}`, random: () => 1 });
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the socket', () => {
  test('connects with a ticket of its own each time, and subscribes to all that is followed', async () => {
    socket.follow('tasks', follower());
    socket.follow('task:a', follower());
    await flush();
    FakeSocket.last.settle();
    FakeSocket.last.close();
    await vi.advanceTimersByTimeAsync(250);
    FakeSocket.last.settle();
    expect(FakeSocket.all.map(({ url }) => url)).toEqual(['ws://errand/ws?ticket=1', 'ws://errand/ws?ticket=2']);
    for (const { sent } of FakeSocket.all)
      expect(sent[0]).toEqual({ action: 'subscribe', topics: ['tasks', 'task:a'] });
  });

  test('tells who follows a topic what is said of it, and nobody else', async () => {
    const [a, b] = [follower(), follower()];
    socket.follow('task:a', a);
    socket.follow('task:b', b);
    await flush();
    FakeSocket.last.settle();
    FakeSocket.last.say({ type: 'events', topic: 'task:a', events: [{ seq: 1, type: 'text' }] });
    FakeSocket.last.say({ type: 'heads', heads: { 'task:a': 7 } });
    expect(a.events).toHaveBeenCalledWith([{ seq: 1, type: 'text' }]);
    expect(a.head).toHaveBeenCalledWith(7);
    expect(b.events).not.toHaveBeenCalled();
    expect(b.head).not.toHaveBeenCalled();
  });

  test('row 16: counts as open only once it is answered, so that a door that opens and shuts is no connection', async () => {
    const a = follower();
    socket.follow('task:a', a);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      FakeSocket.last.accept();
      FakeSocket.last.close();
    }
    expect(a.opened).not.toHaveBeenCalled();
    expect(useConnection.getState()).toMatchObject({ phase: 'polling', failures: 3 });
  });

  test('after three failures what is followed is polled, and no more once the socket is back', async () => {
    const a = follower();
    socket.follow('task:a', a);
    await flush();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      FakeSocket.last.close();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(a.poll.mock.calls.length).toBeGreaterThan(0);
    FakeSocket.last.settle();
    const polled = a.poll.mock.calls.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(a.poll).toHaveBeenCalledTimes(polled);
    expect(a.opened).toHaveBeenCalledTimes(1);
    expect(useConnection.getState()).toMatchObject({ phase: 'open', failures: 0, lostAt: null });
  });

  test('pings every 15 s, and gives a socket up that does not answer within 5', async () => {
    socket.follow('task:a', follower());
    await flush();
    const first = FakeSocket.last;
    first.settle();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(first.sent.at(-1)).toEqual({ action: 'ping' });
    first.say({ type: 'heads', heads: {} });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(first.readyState).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000 + 5_000);
    expect(first.readyState).toBe(3);
    expect(useConnection.getState().phase).toBe('lost');
  });

  test('asks at once when the window gets the focus, and connects at once when the network is back', async () => {
    socket.follow('task:a', follower());
    await flush();
    FakeSocket.last.settle();
    window.dispatchEvent(new Event('focus'));
    expect(FakeSocket.last.sent.at(-1)).toEqual({ action: 'ping' });
    FakeSocket.last.close();
    window.dispatchEvent(new Event('online'));
    await flush();
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('is replaced before the gateway ends it, without a moment of being lost', async () => {
    const a = follower();
    const phases: string[] = [];
    const stop = useConnection.subscribe(({ phase }) => phases.push(phase));
    socket.follow('task:a', a);
    await flush();
    const first = FakeSocket.last;
    first.settle();
    first.addEventListener('close', () => phases.push('closed'));
    for (let at = 0; at < 110 * 4; at += 1) {
      await vi.advanceTimersByTimeAsync(15_000);
      FakeSocket.last.say({ type: 'heads', heads: {} });
    }
    expect(FakeSocket.all).toHaveLength(2);
    expect(first.readyState, 'the old one stands until the new one does').toBe(1);
    FakeSocket.last.settle();
    expect(first.readyState).toBe(3);
    expect(a.opened).toHaveBeenCalledTimes(2);
    expect(phases).not.toContain('lost');
    stop();
  });

  test('what is no longer followed is unsubscribed, and a socket that nobody needs ends', async () => {
    const leave = socket.follow('task:a', follower());
    await flush();
    FakeSocket.last.settle();
    leave();
    expect(FakeSocket.last.sent.at(-1)).toEqual({ action: 'unsubscribe', topics: ['task:a'] });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(FakeSocket.last.readyState).toBe(3);
    expect(useConnection.getState().phase).toBe('idle');
  });

  test('a ticket that arrives after the end opens nothing', async () => {
    socket.follow('task:a', follower());
    socket.close();
    await flush();
    expect(FakeSocket.all).toHaveLength(0);
  });
});

test('back-off doubles from 250 ms to 15 s, and anything below may be waited', () => {
  expect([0, 1, 2, 10, 1_000].map((failures) => backoff(failures, () => 1))).toEqual([250, 500, 1_000, 15_000, 15_000]);
  expect(backoff(3, () => 0)).toBe(0);
});

test.each([
  ['no JSON', 'hello'],
  ['no text', new ArrayBuffer(2)],
  ['a list', '[]'],
  ['nothing', 'null'],
  ['a type of a newer server', '{"type":"shout"}'],
  ['events that are none', '{"type":"events","topic":"task:a","events":[{"type":"text"}]}'],
  ['a task without an id', '{"type":"task","task":{}}'],
])('a frame that is %s is as good as not sent', (_, data) => expect(readFrame(data)).toBeNull());

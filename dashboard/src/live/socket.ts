import { backoff } from './backoff';
import { type Phase, useConnection } from './connection';
import type { LiveEvent, LiveTask, ServerFrame, Topic } from './frames';
import { Link } from './link';

/** API Gateway ends a socket after two hours: a new one takes over before that, and nothing is missed. */
const ROTATE_MS = 110 * 60_000;
const POLL_AFTER_FAILURES = 3;
const POLL_MS = 3_000;
/** Somebody who goes from page to page keeps the socket. */
const LINGER_MS = 30_000;

/** What somebody who follows a topic is told. A push is a hint: it may be lost, doubled, late. */
export type Follower = {
  /** The topic is followed, from now or again: read what came before. */
  opened?: () => void;
  events?: (events: LiveEvent[]) => void;
  /** `seq` of the task's last event. */
  head?: (seq: number) => void;
  task?: (task: LiveTask) => void;
  /** Nothing can be pushed at present: read. */
  poll?: () => void;
};

type Timer = 'retry' | 'rotate' | 'poll' | 'linger';

type Door = {
  /** The address of a new connection, its ticket included. */
  address: () => Promise<string>;
  random?: () => number;
};

/** One socket for the whole page. It lives while something is followed. */
export class LiveSocket {
  readonly #door: Door;
  readonly #followers = new Map<Topic, Set<Follower>>();
  #link: Link | null = null;
  #isSettled = false;
  /** The attempt that is under way, 0 where there is none: what an older one brings is not wanted any more. */
  #opening = 0;
  #turns = 0;
  #failures = 0;
  #timers = new Map<Timer, ReturnType<typeof setTimeout>>();

  constructor(door: Door) {
    this.#door = door;
    const wake = () => this.#wake();
    window.addEventListener('online', wake);
    window.addEventListener('offline', wake);
    window.addEventListener('focus', wake);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
  }

  /** Follows a topic until the returned function is called. */
  follow(topic: Topic, follower: Follower): () => void {
    this.#clear('linger');
    const all = this.#followers.get(topic);
    if (all === undefined) this.#followers.set(topic, new Set([follower]));
    else all.add(follower);
    if (this.#link?.isOpen) {
      if (all === undefined) this.#link.send({ action: 'subscribe', topics: [topic] });
      else this.#link.ping();
      if (this.#isSettled) follower.opened?.();
    } else if (this.#link === null && this.#opening === 0 && !this.#timers.has('retry')) {
      this.#phase('connecting');
      void this.#connect();
    } else if (this.#timers.has('poll')) {
      follower.poll?.();
    }
    return () => this.#leave(topic, follower);
  }

  /** Ends the socket, as when the user signs out. What is still followed is not told. */
  close() {
    this.#opening = 0;
    for (const name of this.#timers.keys()) this.#clear(name);
    const link = this.#link;
    this.#link = null;
    this.#isSettled = false;
    link?.close();
    this.#failures = 0;
    this.#phase('idle');
  }

  #leave(topic: Topic, follower: Follower) {
    const all = this.#followers.get(topic);
    if (!all?.delete(follower) || all.size > 0) return;
    this.#followers.delete(topic);
    this.#link?.send({ action: 'unsubscribe', topics: [topic] });
    if (this.#followers.size === 0) this.#after('linger', LINGER_MS, () => this.close());
  }

  /** Opens a link that takes the place of the one that may be there. */
  async #connect() {
    this.#clear('retry');
    this.#turns += 1;
    const turn = this.#turns;
    this.#opening = turn;
    try {
      const address = await this.#door.address();
      if (this.#opening !== turn) return;
      const link: Link = new Link(address, {
        opened: () => this.#opened(link),
        frame: (frame) => link === this.#link && this.#frame(frame),
        ended: () => this.#ended(link, turn),
      });
    } catch {
      if (this.#opening === turn) this.#failed();
    }
  }

  #opened(link: Link) {
    if (this.#opening === 0) return link.close();
    const before = this.#link;
    this.#link = link;
    this.#isSettled = false;
    this.#opening = 0;
    const topics = [...this.#followers.keys()];
    if (topics.length > 0) link.send({ action: 'subscribe', topics });
    else link.ping();
    before?.close();
    this.#after('rotate', ROTATE_MS, () => void this.#connect());
  }

  /** The other end answered what was subscribed to: only now is the connection one. A door may open and shut again. */
  #settled() {
    this.#failures = 0;
    this.#isSettled = true;
    this.#clear('poll');
    this.#phase('open');
    this.#tell((follower) => follower.opened?.());
  }

  #ended(link: Link, turn: number) {
    if (link === this.#link) {
      this.#link = null;
      this.#isSettled = false;
    }
    // Of a link that another one replaced, or that never came to be while another one lives.
    else if (this.#opening !== turn) return;
    this.#failed();
  }

  #failed() {
    this.#opening = 0;
    if (this.#followers.size === 0) return this.close();
    this.#failures += 1;
    const wait = backoff(this.#failures - 1, this.#door.random ?? Math.random);
    this.#after('retry', wait, () => void this.#connect());
    // A rotation that failed has lost nothing: the old link still stands.
    if (this.#link?.isOpen) return;
    const polls = this.#failures >= POLL_AFTER_FAILURES;
    this.#phase(polls ? 'polling' : 'lost');
    if (polls && !this.#timers.has('poll')) this.#poll();
  }

  #poll() {
    this.#tell((follower) => follower.poll?.());
    this.#after('poll', POLL_MS, () => this.#poll());
  }

  /** Somebody looks, or the network changed: find out now how things stand. */
  #wake() {
    if (this.#link?.isOpen) this.#link.ping();
    else if (this.#timers.has('retry') && navigator.onLine) void this.#connect();
  }

  #frame(frame: ServerFrame) {
    switch (frame.type) {
      case 'heads':
        if (!this.#isSettled) this.#settled();
        for (const [topic, seq] of Object.entries(frame.heads))
          this.#tell((follower) => follower.head?.(seq), topic as Topic);
        return;
      case 'events':
        return this.#tell((follower) => follower.events?.(frame.events), frame.topic as Topic);
      case 'task':
        this.#tell((follower) => follower.task?.(frame.task), 'tasks');
        return this.#tell((follower) => follower.task?.(frame.task), `task:${frame.task.id}`);
      case 'error':
        // A topic that is not ours to follow. Who shows it learns the same from REST, with words for it.
        return;
    }
  }

  #tell(what: (follower: Follower) => void, topic?: Topic) {
    const sets = topic === undefined ? [...this.#followers.values()] : [this.#followers.get(topic) ?? []];
    for (const set of sets) for (const follower of [...set]) what(follower);
  }

  #phase(phase: Phase) {
    const { lostAt } = useConnection.getState();
    const isLost = phase === 'lost' || phase === 'polling';
    useConnection.setState({ phase, failures: this.#failures, lostAt: isLost ? (lostAt ?? Date.now()) : null });
  }

  #after(name: Timer, ms: number, run: () => void) {
    this.#clear(name);
    const fire = () => {
      this.#timers.delete(name);
      run();
    };
    this.#timers.set(name, setTimeout(fire, ms));
  }

  #clear(name: Timer) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

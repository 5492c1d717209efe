import { type ClientFrame, readFrame, type ServerFrame } from './frames';

const PING_MS = { visible: 15_000, hidden: 60_000 };
/** The answer to a ping takes milliseconds. After so long the other end is gone, whatever TCP believes. */
const ANSWER_MS = 5_000;
const CONNECT_MS = 10_000;

type Handlers = {
  opened: () => void;
  frame: (frame: ServerFrame) => void;
  /** Called once, however it ended. */
  ended: () => void;
};

/** One WebSocket, from its opening to its end. It notices by itself when nobody answers any more. */
export class Link {
  readonly #socket: WebSocket;
  readonly #handlers: Handlers;
  #ping: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(url: string, handlers: Handlers) {
    this.#handlers = handlers;
    this.#socket = new WebSocket(url);
    this.#deadline = setTimeout(() => this.close(), CONNECT_MS);
    this.#socket.addEventListener('open', () => {
      if (this.#ended) return this.#socket.close();
      clearTimeout(this.#deadline);
      this.#deadline = setTimeout(() => this.close(), ANSWER_MS);
      handlers.opened();
      this.#schedule();
    });
    this.#socket.addEventListener('message', ({ data }) => {
      const frame = this.#ended ? null : readFrame(data);
      if (frame === null) return;
      if (frame.type === 'heads') this.#answered();
      handlers.frame(frame);
    });
    this.#socket.addEventListener('close', () => this.#end());
    this.#socket.addEventListener('error', () => this.#end());
  }

  get isOpen() {
    return !this.#ended && this.#socket.readyState === WebSocket.OPEN;
  }

  send(frame: ClientFrame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
  }

  /** Asks for the heads, which also shows that somebody is there. */
  ping() {
    if (!this.isOpen) return;
    this.send({ action: 'ping' });
    this.#deadline ??= setTimeout(() => this.close(), ANSWER_MS);
    this.#schedule();
  }

  close() {
    this.#end();
    this.#socket.close();
  }

  #schedule() {
    clearTimeout(this.#ping);
    const hidden = document.visibilityState === 'hidden';
    this.#ping = setTimeout(() => this.ping(), hidden ? PING_MS.hidden : PING_MS.visible);
  }

  #answered() {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#ping);
    clearTimeout(this.#deadline);
    this.#handlers.ended();
  }
}

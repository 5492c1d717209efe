/** A state that knows how far it has come without a gap. */
type Folded = { readonly lastSeq: number };
type Numbered = { readonly seq: number };

type Port<S extends Folded, E extends Numbered> = {
  /** The pure fold: applies what follows without a gap, keeps what is early, drops what is known. */
  apply: (state: S, events: readonly E[]) => S;
  /** The log after `seq`, from the server; one page. */
  read: (after: number) => Promise<{ events: readonly E[]; head: number }>;
  emit: (state: S) => void;
};

/** How long a push that is late may take before it counts as lost. */
const GRACE_MS = 150;
/** What arrives faster than it can be shown is shown together. */
const CROWD = 200;
const CROWD_MS = 100;

type Timing = { later: (ms: number, run: () => void) => void; frame: (run: () => void) => void };
const browser: Timing = {
  later: (ms, run) => void setTimeout(run, ms),
  frame: (run) => void (document.visibilityState === 'hidden' ? setTimeout(run, 16) : requestAnimationFrame(run)),
};

/**
 * Keeps one log whole. One recovery path: whatever is missing between the last event without a gap and the known head is
 * read over REST and goes through the same fold as a push, be it lost, doubled, late, or from before the page was opened.
 */
export class RunSync<S extends Folded, E extends Numbered> {
  #state: S;
  #head: number;
  #queue: E[] = [];
  #flushing = false;
  #filling = false;
  #checking = false;
  #stopped = false;
  readonly #port: Port<S, E>;
  readonly #timing: Timing;

  constructor(state: S, port: Port<S, E>, timing: Timing = browser) {
    this.#state = state;
    this.#head = state.lastSeq;
    this.#port = port;
    this.#timing = timing;
  }

  get state(): S {
    return this.#state;
  }

  /** The socket follows the log again: what was said meanwhile is in the log. */
  opened() {
    void this.fill();
  }

  events(batch: readonly E[]) {
    for (const event of batch) this.#queue.push(event);
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = () => this.#flush();
    if (this.#queue.length > CROWD) this.#timing.later(CROWD_MS, flush);
    else this.#timing.frame(flush);
  }

  head(seq: number) {
    this.#head = Math.max(this.#head, seq);
    this.#check();
  }

  /** Puts another state in place of this one, made of the same log, as when older events were read. */
  replace(make: (state: S) => S) {
    this.#set(make(this.#state));
  }

  stop() {
    this.#stopped = true;
  }

  /** Reads until nothing is missing. Rejects never: what failed is tried again at the next head, push or poll. */
  async fill(): Promise<void> {
    if (this.#filling || this.#stopped) return;
    this.#filling = true;
    try {
      for (;;) {
        const page = await this.#port.read(this.#state.lastSeq);
        if (this.#stopped) return;
        this.#head = Math.max(this.#head, page.head);
        if (page.events.length > 0) this.#set(this.#port.apply(this.#state, page.events));
        if (page.events.length === 0 || this.#state.lastSeq >= page.head) break;
      }
    } catch {
      return;
    } finally {
      this.#filling = false;
    }
    this.#check();
  }

  #flush() {
    this.#flushing = false;
    if (this.#stopped) return;
    const batch = this.#queue;
    this.#queue = [];
    for (const { seq } of batch) this.#head = Math.max(this.#head, seq);
    this.#set(this.#port.apply(this.#state, batch));
    this.#check();
  }

  #set(state: S) {
    if (this.#stopped || state === this.#state) return;
    this.#state = state;
    this.#port.emit(state);
  }

  #check() {
    if (this.#state.lastSeq >= this.#head || this.#checking || this.#filling || this.#stopped) return;
    this.#checking = true;
    this.#timing.later(GRACE_MS, () => {
      this.#checking = false;
      if (this.#state.lastSeq < this.#head) void this.fill();
    });
  }
}

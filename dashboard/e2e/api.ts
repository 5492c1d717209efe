import type { components } from '../src/api/schema';
import { ADMIN, PASSWORD } from './stack.ts';

type Schemas = components['schemas'];
export type Task = Schemas['Task'];

const OVER: ReadonlySet<Task['state']> = new Set(['succeeded', 'failed', 'canceled']);
export const isOver = (task: Task): boolean => OVER.has(task.state);

/** A program that speaks to the API, beside the person at the browser. */
export class Api {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async signIn(url: string, email = ADMIN, password = PASSWORD): Promise<Api> {
    const { access_token } = await answer<{ access_token: string }>(
      await fetch(`${url}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      }),
    );
    return new Api(url, access_token);
  }

  async get<T>(path: string): Promise<T> {
    return answer<T>(await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.token}` } }));
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return answer<T>(
      await fetch(`${this.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  }

  create(prompt: string, more: Record<string, unknown> = {}): Promise<Task> {
    return this.post('/v1/tasks', { prompt, ...more });
  }

  /** Follows the log by its long poll until the task is over. */
  async over(id: string): Promise<Task> {
    for (let after = 0; ; ) {
      const task = await this.get<Task>(`/v1/tasks/${id}`);
      if (isOver(task)) return task;
      ({ next: after } = await this.get<Schemas['EventsPage']>(`/v1/tasks/${id}/events?after=${after}&wait=5`));
    }
  }

  /** Follows the log until the agent has said something that begins so. */
  async said(id: string, beginning: string): Promise<void> {
    for (let after = 0; ; ) {
      const page = await this.get<Schemas['EventsPage']>(`/v1/tasks/${id}/events?after=${after}&wait=5`);
      if (page.events.some((event) => event.type === 'text' && event.text.startsWith(beginning))) return;
      after = page.next;
    }
  }

  /** The first page of a log. */
  async log(id: string): Promise<Schemas['Event'][]> {
    return (await this.get<Schemas['EventsPage']>(`/v1/tasks/${id}/events?after=0&limit=500`)).events;
  }
}

async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`);
  return text === '' ? (undefined as T) : JSON.parse(text);
}

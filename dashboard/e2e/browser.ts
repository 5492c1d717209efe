import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export async function launch(): Promise<Browser> {
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((place) => NAMES.map((name) => join(place, name)));
  const executablePath = process.env.CHROME_PATH ?? places.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error('no Chromium: install it, or name it in CHROME_PATH');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A person at a browser: what the page asked for, of other origins above all, and what it complained about, is kept. */
export class Person {
  readonly asked: string[] = [];
  readonly elsewhere: string[] = [];
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async at(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ baseURL: origin, reducedMotion: 'reduce', ...options });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const person = new Person(context, await context.newPage());
    const host = new URL(origin).host;
    const seen = (url: string): void => {
      if (/^(data|blob|about):/.test(url)) return;
      person.asked.push(url);
      if (new URL(url).host !== host) person.elsewhere.push(url);
    };
    context.on('request', (request) => seen(request.url()));
    person.page.on('websocket', (socket) => seen(socket.url()));
    person.page.on('pageerror', (error) => person.complaints.push(String(error)));
    person.page.on('console', (message) => {
      if (message.type() === 'error') person.complaints.push(message.text());
    });
    return person;
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

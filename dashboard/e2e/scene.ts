import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Api } from './api.ts';
import { launch, Person } from './browser.ts';
import { ROOT, Stack } from './stack.ts';

const SEEN_AT_FAILURE = join(ROOT, 'target/e2e');
const LOG_LINES = 40;

/** What a file of tests plays in: a stack of its own, a browser, and the people at it. */
export interface Scene {
  readonly stack: Stack;
  readonly browser: Browser;
  /** Speaks to the API as the first administrator. */
  readonly api: Api;
  /** The first administrator, signed in by the link that `make up` prints. */
  readonly ada: Person;
  /** Somebody else opens the dashboard, in a browser that nobody used before. */
  arrives(at: string): Promise<Person>;
}

/** Sets the scene before the first test of the file and clears it after the last. `variables` are the server's. */
export function scene(variables: Record<string, string> = {}): Scene {
  const people: Person[] = [];
  const set: { stack?: Stack; browser?: Browser; api?: Api; ada?: Person } = {};
  const arrives = async (at: string) => {
    const person = await Person.at(there(set.browser), there(set.stack).url);
    people.push(person);
    await person.page.goto(at);
    return person;
  };

  beforeAll(async () => {
    set.stack = await Stack.start(variables);
    set.browser = await launch();
    set.api = await Api.signIn(set.stack.url);
    set.ada = await arrives(set.stack.link);
    await set.ada.page.waitForURL('**/tasks');
  }, 120_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await tell(task.name, there(set.stack), people);
    for (const person of people) expect(person.elsewhere, 'nothing is asked of another origin').toEqual([]);
  });
  afterAll(async () => {
    await set.browser?.close();
    await set.stack?.stop();
  });

  return {
    get stack() {
      return there(set.stack);
    },
    get browser() {
      return there(set.browser);
    },
    get api() {
      return there(set.api);
    },
    get ada() {
      return there(set.ada);
    },
    arrives,
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the scene is set by `beforeAll`');
  return value;
}

/** What somebody wants to see who was not there. */
async function tell(name: string, stack: Stack, people: readonly Person[]): Promise<void> {
  mkdirSync(SEEN_AT_FAILURE, { recursive: true });
  for (const [index, { page, complaints }] of people.entries()) {
    if (page.isClosed()) continue;
    const path = join(SEEN_AT_FAILURE, `${name.replaceAll(/[^\w]+/g, '-')}-${index}.png`);
    await page.screenshot({ path, timeout: 5_000 }).catch(() => undefined);
    console.error([`${page.url()}: ${path}`, ...complaints.slice(-5)].join('\n  '));
  }
  console.error(stack.log(LOG_LINES));
}

import type { Locator, Page } from 'playwright-core';

/** How a person finds things on the pages. */
export const button = (on: Page | Locator, name: string | RegExp): Locator =>
  on.getByRole('button', { name, exact: true });

/** The chip in the head of a task. */
export const state = (page: Page, name: string): Locator => page.locator(`header [data-state-name="${name}"]`).first();

export const row = (page: Page, title: string | RegExp): Locator =>
  page.getByRole('list', { name: 'Tasks' }).getByRole('listitem').filter({ hasText: title });

/** The numbers of the events that the page has, of its raw log. */
export async function seqs(page: Page): Promise<number[]> {
  await page.getByRole('tab', { name: 'Raw' }).click();
  await button(page, 'Copy as JSON lines').click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('tab', { name: 'Activity' }).click();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).seq);
}

/** All of a log: nothing is missing, doubled or out of order. */
export const upTo = (head: number): number[] => Array.from({ length: head }, (_, index) => index + 1);

/** One of several, by its word: the radio button itself is for who does not see. */
export const choose = (page: Page, name: string | RegExp): Promise<void> =>
  page
    .locator('label')
    .filter({ has: page.getByRole('radio', { name }) })
    .click();

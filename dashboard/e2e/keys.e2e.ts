import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { button } from './pages.ts';
import { scene } from './scene.ts';

const at = scene();

/** The status that curl is answered. It goes through the line, which this process holds: so not while it waits. */
async function curl(secret: string): Promise<string> {
  const header = `Authorization: Bearer ${secret}`;
  const asked = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', header, `${at.stack.url}/v1/tasks`];
  return (await promisify(execFile)('curl', asked)).stdout;
}

test('a key that was made here works with curl, and no longer once it is revoked', async () => {
  const { page } = at.ada;
  await page.goto('/settings/keys');
  await button(page, 'New key').click();
  await page.getByLabel('Name').fill('from curl');
  await button(page, 'Make the key').click();
  const secret = await page
    .getByRole('status')
    .filter({ hasText: /errand_/ })
    .first()
    .innerText();
  await button(page, 'I have copied it').click();
  expect(await curl(secret)).toBe('200');
  await button(page, 'Revoke from curl').click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('textbox').fill('from curl');
  await button(question, 'Revoke').click();
  await button(page, 'Revoke from curl').waitFor({ state: 'detached' });
  expect(await curl(secret)).toBe('401');
});

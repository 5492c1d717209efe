// @vitest-environment node
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const entries = await readdir('src', { recursive: true });
const files = entries.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.gen.ts'));
const feature = (file: string) => /^features\/([^/]+)/.exec(file)?.[1];

/** What a file of ours imports of ours, from `src` on. */
async function imports(file: string): Promise<string[]> {
  const text = await readFile(join('src', file), 'utf8');
  const named = [...text.matchAll(/(?:from|import|import\()\s*'((?:@\/|\.)[^']*)'/g)].map(([, name]) => name ?? '');
  return named.map((name) => (name.startsWith('@/') ? name.slice(2) : normalize(join(dirname(file), name))));
}

async function offences(some: string[], isWrong: (imported: string, by: string) => boolean) {
  const found = await Promise.all(
    some.map(async (file) =>
      (await imports(file)).filter((name) => isWrong(name, file)).map((it) => `${file} → ${it}`),
    ),
  );
  return found.flat();
}

describe('the order of the house', () => {
  it('features do not know each other', async () => {
    const own = files.filter((file) => feature(file) !== undefined);
    expect(own.length).toBeGreaterThan(100);
    const isOther = (imported: string, by: string) =>
      feature(imported) !== undefined && feature(imported) !== feature(by);
    expect(await offences(own, isOther)).toEqual([]);
  });

  it('what they share knows none of them', async () => {
    const shared = files.filter((file) => /^(?:api|lib|live|ui)\//.test(file) && !/\.test\.tsx?$/.test(file));
    expect(await offences(shared, (imported) => /^(?:features|routes|app)\//.test(imported))).toEqual([]);
  });

  it('sees an import whichever way it is written', async () => {
    expect(await imports('app/main.tsx')).toContain('features/auth/link');
    expect(await imports('features/run/page/task-page.tsx')).toEqual(
      expect.arrayContaining(['features/run/run.css', 'features/run/tabs/raw', 'api/tasks']),
    );
  });
});

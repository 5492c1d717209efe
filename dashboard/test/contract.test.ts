// @vitest-environment node
import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { describe, expect, it } from 'vitest';

const contract = new URL('../../contracts/openapi.json', import.meta.url);

describe('the generated types', () => {
  it('are those of the contract (else: npm run api)', async () => {
    const generated = astToString(await openapiTS(contract));
    const kept = await readFile('src/api/schema.d.ts', 'utf8');
    expect(kept.slice(kept.indexOf('export interface paths'))).toBe(generated);
  });

  it('leave nothing in soon.ts that has landed', async () => {
    const { paths } = JSON.parse(await readFile(contract, 'utf8')) as { paths: Record<string, unknown> };
    const soon = await readFile('src/api/soon.ts', 'utf8').catch(() => '');
    const wholly = [...soon.matchAll(/^ {2}'(\/v1\/[^']+)'/gm)].map(([, path]) => path ?? '');
    expect(wholly.filter((path) => path in paths)).toEqual([]);
  });
});

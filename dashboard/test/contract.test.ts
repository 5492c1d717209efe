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
});

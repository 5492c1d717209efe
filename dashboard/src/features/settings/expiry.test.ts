import { expect, it } from 'vitest';
import { EXPIRIES, type Expiry, expiresAt, life } from './expiry';

const now = new Date('2026-11-22T12:00:00Z');

it('offers no key that lives longer than the API allows', () => {
  const year = now.getTime() + 365 * 86_400_000;
  for (const expiry of Object.keys(EXPIRIES) as Expiry[]) {
    const at = expiresAt(expiry, now);
    if (at !== null) expect(Date.parse(at)).toBeLessThanOrEqual(year);
  }
  expect(expiresAt('never', now)).toBeNull();
});

it.each([
  [null, 'never'],
  ['2026-11-22T11:59:59Z', 'expired'],
  ['2026-11-25T12:00:00Z', 'soon'],
  ['2027-11-22T12:00:00Z', 'fine'],
] as const)('a key that ends %s is %s', (at, state) => {
  expect(life(at, now)).toBe(state);
});

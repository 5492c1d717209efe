import { describe, expect, it } from 'vitest';
import { strength } from './strength';

describe('the strength of a password', () => {
  it.each([
    ['', 0],
    ['short', 0],
    ['aaaaaaaaaaaaaaaa', 1],
    ['12345678', 1],
    ['qwertyuiop', 1],
    ['password', 1],
    ['tr0ub4dor', 1],
    ['gartenzaun7', 2],
    ['gartenzaun7zug', 3],
    ['correct horse battery', 4],
    ['k7$Vw!2mZq9@xT', 4],
  ])('of %j is %i', (password, score) => {
    expect(strength(password).score).toBe(score);
  });

  it("does not grow by one's own name", () => {
    const plain = strength('winterthur99', 'someone@example.com').score;
    expect(strength('winterthur99', 'winterthur@example.com').score).toBeLessThan(plain);
  });

  it('counts characters, not bytes', () => {
    expect(strength('😀😀😀😀').score).toBe(0);
  });

  it('never falls when random characters are added', () => {
    const text = 'xK4#pW9!mQ2$zL7&';
    const scores = Array.from({ length: text.length }, (_, i) => strength(text.slice(0, i + 1)).score);
    expect([...scores].sort()).toEqual(scores);
  });
});

import { describe, expect, it } from 'vitest';
import { extendTo, NOTHING, toggle } from './selection';

const rows = ['a', 'b', 'c', 'd', 'e'];
const chosen = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].toSorted().join('');

describe('row 21: selecting rows', () => {
  it('takes a range from the last row that was picked, in either direction', () => {
    const from = toggle(NOTHING, 'b');
    expect(chosen(extendTo(from, 'd', rows))).toBe('bcd');
    expect(chosen(extendTo(toggle(NOTHING, 'd'), 'b', rows))).toBe('bcd');
    expect(chosen(extendTo(extendTo(from, 'd', rows), 'a', rows))).toBe('abcd');
  });

  it('begins anew where the last row is not shown any more', () => {
    expect(chosen(extendTo(toggle(NOTHING, 'gone'), 'c', rows))).toBe('cgone');
  });

  it('takes a row out again', () => expect(chosen(toggle(toggle(NOTHING, 'a'), 'a'))).toBe(''));
});

import { describe, expect, it } from 'vitest';
import { dayIn, daysOf, isDay, monday, span } from './days';
import { before, presetRange, rangeOf, usageSearch } from './search';

describe('the address holds the whole page', () => {
  it('keeps range, zone, grouping, measure and hidden series', () => {
    const search = {
      from: '2026-11-01',
      to: '2026-11-22',
      tz: 'Europe/Vienna',
      by: 'user',
      show: 'tokens',
      hide: ['opus'],
      scope: 'all',
    };
    expect(usageSearch(search)).toEqual(search);
  });

  it('drops what it does not know, whoever wrote the link', () => {
    expect(
      usageSearch({
        range: 'forever',
        from: '2026-02-31',
        to: '2026-11-22',
        tz: 'Mars/Olympus',
        by: 'password',
        show: '<script>',
        hide: [1, 'opus', null],
        scope: 'mine',
        other: 'x',
      }),
    ).toEqual({ hide: ['opus'] });
  });

  it.each([
    ['that ends before it begins', '2026-11-22', '2026-11-01'],
    ['longer than a leap year', '2025-01-01', '2026-11-22'],
    ['without an end', '2026-11-22', undefined],
  ])('refuses a range %s', (_, from, to) => {
    expect(usageSearch({ from, to })).toEqual({});
  });
});

describe('ranges', () => {
  it('counts both ends of a preset', () => {
    expect(presetRange('7d', '2026-11-22')).toEqual({ from: '2026-11-16', to: '2026-11-22' });
    expect(presetRange('month', '2026-11-22')).toEqual({ from: '2026-11-01', to: '2026-11-22' });
    expect(presetRange('last-month', '2026-03-31')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  });

  it('asks what day it is in the zone, not here', () => {
    const now = new Date('2026-11-22T23:30:00Z');
    expect(dayIn('Europe/Vienna', now)).toBe('2026-11-23');
    expect(dayIn('America/Los_Angeles', now)).toBe('2026-11-22');
    expect(rangeOf({ range: '7d' }, 'Asia/Tokyo', now).to).toBe('2026-11-23');
  });

  it('compares with the range of the same length before', () => {
    expect(before({ from: '2026-11-08', to: '2026-11-14' })).toEqual({ from: '2026-11-01', to: '2026-11-07' });
  });

  it('has every day once, over a change of the clocks', () => {
    const days = daysOf('2026-10-24', '2026-10-27');
    expect(days).toEqual(['2026-10-24', '2026-10-25', '2026-10-26', '2026-10-27']);
  });

  it('knows days that exist', () => {
    expect(isDay('2024-02-29')).toBe(true);
    expect(isDay('2026-02-29')).toBe(false);
    expect(isDay('2026-1-1')).toBe(false);
  });

  it('begins a week on Monday', () => {
    expect(monday('2026-11-22')).toBe('2026-11-16');
    expect(monday('2026-11-16')).toBe('2026-11-16');
    expect(span('2026-10-26', '2026-11-01')).toMatch(/Oct 26\s–\sNov 1/);
  });
});

import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Time } from '@/ui/time';
import { useAppearance } from './appearance';
import { ago, bytes, compactNumber, dateTime, duration, plural, repositoryName, usd } from './format';

describe('row 22: times and zones', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  it.each([
    ['2026-11-22T11:59:58Z', 'just now'],
    ['2026-11-22T11:57:00Z', '3m ago'],
    ['2026-11-22T14:00:00Z', 'in 2h'],
    ['2026-11-20T11:00:00Z', '2d ago'],
    ['2025-10-01T00:00:00Z', 'last yr.'],
  ])('%s is %s', (at, words) => expect(ago(at, now)).toBe(words));

  it('gives the whole date in the zone that was chosen', () => {
    expect(dateTime('2026-11-22T12:00:00Z', 'Europe/Vienna')).toBe('Nov 22, 2026, 13:00:00 GMT+1');
    expect(dateTime('2026-11-22T12:00:00Z', 'UTC')).toBe('Nov 22, 2026, 12:00:00 UTC');
  });

  it('shows it on focus, in a time element that machines read', async () => {
    useAppearance.setState({ timeZone: 'UTC' });
    render(<Time at="2026-11-22T12:00:00Z" focusable />);
    await userEvent.tab();
    expect(document.activeElement).toHaveAttribute('datetime', '2026-11-22T12:00:00Z');
    expect(await screen.findByRole('tooltip')).toHaveTextContent('Nov 22, 2026, 12:00:00 UTC');
    useAppearance.setState({ timeZone: undefined });
  });
});

describe('numbers', () => {
  it('say what is worth saying', () => {
    expect([0, 4200, 99_000, 12_300_000].map(usd)).toEqual(['$0.00', '$0.0042', '$0.099', '$12.30']);
    expect([780, 12_000, 192_000, 7_500_000, 270_000_000].map(duration)).toEqual([
      '780 ms',
      '12 s',
      '3m 12s',
      '2h 5m',
      '3d 3h',
    ]);
    expect([0, 1023, 1_258_291].map(bytes)).toEqual(['0 B', '1023 B', '1.2 MB']);
    expect(compactNumber(12_431)).toBe('12.4K');
    expect([plural(1, 'task'), plural(1200, 'task')]).toEqual(['1 task', '1,200 tasks']);
  });

  it('name a repository by its owner and its name', () => {
    expect(
      ['https://github.com/acme/shop.git', 'file:///srv/git/shop', 'https://git.example.org/a/b/c/'].map(
        repositoryName,
      ),
    ).toEqual(['acme/shop', 'git/shop', 'b/c']);
  });
});

import { expect, it } from 'vitest';
import { dayAfter, startOfDay } from './days';

it.each([
  ['UTC', '2026-11-22', '2026-11-22T00:00:00.000Z'],
  ['Europe/Vienna', '2026-11-22', '2026-11-21T23:00:00.000Z'],
  ['Asia/Kathmandu', '2026-11-22', '2026-11-21T18:15:00.000Z'],
  // The clocks change on this day.
  ['Australia/Sydney', '2026-10-04', '2026-10-03T14:00:00.000Z'],
  ['Australia/Sydney', '2026-04-05', '2026-04-04T13:00:00.000Z'],
  // It has no midnight.
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
])('in %s %s begins at %s', (zone, day, start) => expect(startOfDay(day, zone)).toBe(start));

it('a month ends', () => expect(dayAfter('2028-02-29')).toBe('2028-03-01'));

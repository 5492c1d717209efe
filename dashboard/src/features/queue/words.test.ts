import { describe, expect, it } from 'vitest';
import { about, fullness, WAIT_REASONS, WAITING } from './words';

it.each([
  [0, '< 1 min'],
  [60, '~1 min'],
  [250, '~4 min'],
  [3_600, '~60 min'],
  [7_900, '~2 h'],
  [200_000, '~2 days'],
])('says %i seconds as %s', (seconds, words) => {
  expect(about(seconds)).toBe(words);
});

describe('how full it is', () => {
  it.each([
    [0, 4, '4 slots are free.'],
    [3, 4, '1 slot is free.'],
    [4, 4, 'Full. Each end lets the next one start.'],
    [6, 4, '2 above the limit, which was lowered while they ran.'],
  ])('%i of %i', (running, limit, words) => {
    expect(fullness(running, limit)).toBe(words);
  });
});

it('explains every reason for which a task waits', () => {
  expect(WAIT_REASONS).toEqual(['slots', 'user_limit', 'not_before', 'backoff', 'paused']);
  for (const reason of WAIT_REASONS) expect(WAITING[reason].why).toMatch(/\.$/);
});

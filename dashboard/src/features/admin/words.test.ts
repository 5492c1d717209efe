import { describe, expect, it } from 'vitest';
import { consequences, detailText } from './words';

const now = { running_total: 10, running_per_user: 4, queued_per_user: 200 };

describe('a change of the limits says what it does', () => {
  it('when fewer may run than do: none is stopped', () => {
    expect(consequences(now, { ...now, running_total: 6 }, 9)).toEqual([
      '9 tasks run now: none is stopped, but nothing new starts until 3 have ended.',
    ]);
  });

  it('when there is room for more', () => {
    expect(consequences(now, { ...now, running_total: 16 }, 9)[0]).toMatch(/^6 more may start/);
  });

  it('when one person could take every slot', () => {
    expect(consequences(now, { ...now, running_per_user: 40 }, 0)).toContain('One person alone can fill every slot.');
  });

  it('and says nothing when nothing changes', () => {
    expect(consequences(now, now, 9)).toEqual([]);
  });
});

describe('the detail of an entry', () => {
  it.each([
    [undefined, ''],
    [null, ''],
    ['night shift', 'night shift'],
    [{ role: 'viewer', disabled: true }, 'role: viewer · disabled: true'],
    [{ running_total: { from: 4, to: 8 } }, 'running total: from: 4 · to: 8'],
    [['a', 1], 'a, 1'],
  ])('%j reads %j', (detail, text) => {
    expect(detailText(detail)).toBe(text);
  });
});

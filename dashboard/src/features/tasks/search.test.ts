import { aTask } from '@test/server';
import { describe, expect, it } from 'vitest';
import { countFilters, matchesSearch, parseTaskSearch } from './search';

describe('row 19: an address that anybody may have written', () => {
  it('is taken for what it says and nothing else', () => {
    expect(
      parseTaskSearch({
        view: 'nonsense',
        state: 'failed,hacked,queued',
        q: 42,
        tag: ['x'],
        from: '2026-13-45',
        to: '2026-11-22',
        scope: 'mine',
        onload: 'alert(1)',
      }),
    ).toEqual({ state: 'queued,failed', q: '42', to: '2026-11-22' });
  });

  it('is as short as it can be', () => {
    expect(parseTaskSearch({ view: 'active', q: ' ', state: '' })).toEqual({});
    expect(countFilters({ view: 'all', scope: 'all', q: 'x', state: 'failed' })).toBe(2);
  });
});

describe('whether a list would show a task that was pushed', () => {
  const task = aTask({ state: 'failed', tags: ['a', 'b'], title: 'Fix Login', created_at: '2026-11-22T12:00:00Z' });
  const shows = (search: Parameters<typeof matchesSearch>[1], owner = task.owner) => matchesSearch(task, search, owner);

  it('goes by tab, state, tags, words and day', () => {
    expect(shows({})).toBe(false);
    expect(shows({ view: 'needs_review' })).toBe(true);
    expect(matchesSearch({ ...task, reviewed_at: '2026-11-22T13:00:00Z' }, { view: 'needs_review' }, undefined)).toBe(
      false,
    );
    expect([shows({ view: 'all', state: 'failed,queued' }), shows({ view: 'all', state: 'queued' })]).toEqual([
      true,
      false,
    ]);
    expect([shows({ view: 'all', tag: 'a,b' }), shows({ view: 'all', tag: 'a,c' })]).toEqual([true, false]);
    expect([shows({ view: 'all', q: 'login' }), shows({ view: 'all', q: 'logout' })]).toEqual([true, false]);
    expect([shows({ view: 'all', from: '2026-11-22' }), shows({ view: 'all', to: '2026-11-21' })]).toEqual([
      true,
      false,
    ]);
  });

  it('keeps another’s task out of mine', () => {
    expect(shows({ view: 'all' }, 'user_other')).toBe(false);
    expect(shows({ view: 'all', scope: 'all' }, 'user_other')).toBe(true);
  });
});

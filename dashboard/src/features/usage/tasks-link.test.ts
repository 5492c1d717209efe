import { expect, it } from 'vitest';
import { OTHER } from './maths';
import { tasksOf } from './tasks-link';

const week = { from: '2026-11-16', to: '2026-11-22' };

it('a bar leads to the tasks of its days', () => {
  expect(tasksOf(week, { scope: 'mine', by: 'model', only: undefined })).toBe(
    '/tasks?view=all&from=2026-11-16&to=2026-11-22',
  );
});

it('a bar of one model, or of one repository, leads to its tasks alone', () => {
  expect(tasksOf(week, { scope: 'all', by: 'model', only: 'opus' })).toMatch(/&scope=all&model=opus$/);
  expect(tasksOf(week, { scope: 'mine', by: 'repository', only: 'github.com/a/b&c' })).toMatch(
    /&repository=github.com%2Fa%2Fb%26c$/,
  );
});

it('asks for no filter that the list does not have', () => {
  expect(tasksOf(week, { scope: 'all', by: 'user', only: 'user_1' })).not.toContain('user_1');
  expect(tasksOf(week, { scope: 'all', by: 'model', only: OTHER })).not.toContain('model');
});

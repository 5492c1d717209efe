import type { Page } from 'playwright-core';
import type { Day } from './demo/day.ts';
import { aDayOfEnds, aMonth, anAfternoon } from './demo/history.ts';
import { button } from './pages.ts';

/** Something that can be looked at. */
export interface View {
  name: string;
  path: string | ((day: Day) => string);
  /** Who looks: an administrator with a day's work, unless it says otherwise. `alan` has done nothing yet. */
  who?: 'alan' | 'nobody';
  /** What is there once it can be looked at. */
  shows: string | RegExp;
  /** What is done before. */
  after?: (page: Page) => Promise<void>;
  /** Calls that the server answers with 503. */
  away?: RegExp;
  /** Calls whose answer goes on into a past that no test can wait for. */
  past?: [call: RegExp, goesOn: (answer: never) => unknown];
}

const task =
  (which: keyof Day, more = '') =>
  (day: Day) =>
    `/tasks/${day[which].id}${more}`;
const ALL = '/tasks?view=all';

/** The pages; `docs/screenshots` has a picture of each. */
export const PAGES: readonly View[] = [
  { name: 'sign-in', path: '/login', who: 'nobody', shows: 'Sign in' },
  { name: 'tasks-none', path: '/tasks', who: 'alan', shows: 'Send Errand on its first errand' },
  { name: 'tasks', path: ALL, shows: 'Find the missing cent at checkout', past: [/\/v1\/tasks\?/, anAfternoon] },
  { name: 'new-task', path: '/tasks/new', shows: 'New task' },
  { name: 'task-running', path: task('running'), shows: 'one helper for all sums' },
  { name: 'task-succeeded', path: task('done'), shows: 'What changed' },
  { name: 'task-changes', path: task('done', '?tab=changes'), shows: 'Cents all the way' },
  { name: 'task-runs', path: task('done', '?tab=runs'), shows: /Run 1/ },
  { name: 'task-details', path: task('done', '?tab=details'), shows: /Add a test that fails before/ },
  { name: 'task-raw', path: task('done', '?tab=raw'), shows: /\d+ events/ },
  { name: 'task-failed', path: task('failed'), shows: 'Somebody must decide this' },
  { name: 'queue', path: '/queue', shows: 'Throughput', past: [/\/v1\/queue$/, aDayOfEnds] },
  { name: 'usage', path: '/usage', shows: 'Find the missing cent at checkout', past: [/\/v1\/usage/, aMonth] },
  { name: 'settings-profile', path: '/settings', shows: 'Profile' },
  { name: 'settings-security', path: '/settings/security', shows: 'This one' },
  { name: 'settings-keys', path: '/settings/keys', shows: 'for the pipeline' },
  { name: 'settings-appearance', path: '/settings/appearance', shows: 'Kept in this browser' },
  { name: 'settings-notifications', path: '/settings/notifications', shows: 'Notifications' },
  { name: 'admin-users', path: '/admin', shows: 'alan@errand.test' },
  { name: 'admin-limits', path: '/admin/limits', shows: 'Limits' },
  { name: 'admin-health', path: '/admin/health', shows: /ms$/ },
  { name: 'admin-audit', path: '/admin/audit', shows: 'alan@errand.test' },
  {
    name: 'palette',
    path: ALL,
    shows: 'Find the missing cent at checkout',
    past: [/\/v1\/tasks\?/, anAfternoon],
    after: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
    },
  },
  {
    name: 'shortcuts',
    path: task('done'),
    shows: 'What changed',
    after: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
];

/** What they look like on other days. */
export const STATES: readonly View[] = [
  { name: 'tasks-no-match', path: `${ALL}&q=unicorns`, shows: /No task/ },
  { name: 'tasks-away', path: ALL, away: /\/v1\/tasks\?/, shows: /could not be/ },
  {
    name: 'tasks-selected',
    path: ALL,
    shows: 'Find the missing cent at checkout',
    after: async (page) => {
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.getByText('1 selected').waitFor();
    },
  },
  {
    name: 'tasks-filter',
    path: ALL,
    shows: 'Find the missing cent at checkout',
    after: async (page) => {
      await page.keyboard.press('f');
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'task-failed-changes', path: task('failed', '?tab=changes'), shows: 'No changes' },
  { name: 'task-failed-runs', path: task('failed', '?tab=runs'), shows: /No migration leads/ },
  { name: 'task-failed-details', path: task('failed', '?tab=details'), shows: 'upgrade' },
  { name: 'task-failed-raw', path: task('failed', '?tab=raw'), shows: /\d+ events/ },
  { name: 'task-no-repository', path: task('lost', '?tab=runs'), shows: /clone/i },
  { name: 'task-queued', path: task('queued'), shows: 'Update the dependencies' },
  { name: 'task-canceled', path: task('canceled'), shows: 'Canceled' },
  { name: 'task-absent', path: '/tasks/task_0198f3c27a5e7c4db1a09d2f1f3b6c11', shows: 'No such task' },
  { name: 'task-away', path: task('done'), away: /\/v1\/tasks\/task_[^/]*$/, shows: /could not be/ },
  {
    name: 'task-cancel',
    path: task('running'),
    shows: 'one helper for all sums',
    after: (page) => button(page, 'Cancel').click(),
  },
  { name: 'queue-away', path: '/queue', away: /\/v1\/queue/, shows: /could not be/ },
  { name: 'usage-away', path: '/usage', away: /\/v1\/usage/, shows: /could not be/ },
  {
    name: 'settings-new-key',
    path: '/settings/keys',
    shows: 'for the pipeline',
    after: (page) => button(page, 'New key').click(),
  },
  {
    name: 'admin-invite',
    path: '/admin',
    shows: 'alan@errand.test',
    after: (page) =>
      button(page, /Invite/)
        .first()
        .click(),
  },
  { name: 'admin-not-mine', path: '/admin', who: 'alan', shows: 'This needs the role admin' },
  { name: 'nowhere', path: '/nowhere/at/all', shows: /no such page|not here|nothing here/i },
];

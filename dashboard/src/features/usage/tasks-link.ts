import type { UsageGroupBy } from '@/api/types';
import { OTHER } from './maths';
import type { Range } from './search';

interface Seen {
  scope: 'mine' | 'all';
  by: UsageGroupBy;
  /** The one series that is shown, if it is only one: then the list is of it alone. */
  only: string | undefined;
}

/** The list of the tasks behind a column. */
export function tasksOf({ from, to }: Range, { scope, by, only }: Seen): string {
  const search = new URLSearchParams({ view: 'all', from, to });
  if (scope === 'all') search.set('scope', 'all');
  // The list knows models and repositories, but has no filter for a user.
  if (only !== undefined && only !== OTHER && (by === 'model' || by === 'repository')) search.set(by, only);
  return `/tasks?${search}`;
}

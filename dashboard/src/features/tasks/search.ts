import type { State, Task, TaskFilter } from '@/api/types';
import { dayAfter, startOfDay } from '@/lib/days';
import { isTerminal, STATES } from '@/ui/state-chip';

export const VIEWS = ['active', 'needs_review', 'all'] as const;
export type View = (typeof VIEWS)[number];

/** What the address of the list says. Whatever it does not say is not filtered. */
export interface TaskSearch {
  view?: View;
  /** States, with commas between. */
  state?: string;
  /** Tags, with commas between; a task has all of them. */
  tag?: string;
  repository?: string;
  model?: string;
  /** `YYYY-MM-DD` */
  from?: string;
  to?: string;
  q?: string;
  scope?: 'all';
}

const TEXTS = ['tag', 'repository', 'model', 'q'] as const;
const DAYS = ['from', 'to'] as const;

/** Takes what it knows of an address that anybody may have written. */
export function parseTaskSearch(raw: Record<string, unknown>): TaskSearch {
  const search: TaskSearch = {};
  const view = VIEWS.find((known) => known === raw.view);
  if (view && view !== 'active') search.view = view;
  const states = parseStates(raw.state);
  if (states.length > 0) search.state = states.join(',');
  for (const name of TEXTS) {
    // The router has read `q=42` as a number.
    const value = typeof raw[name] === 'number' ? String(raw[name]) : raw[name];
    if (typeof value === 'string' && value.trim()) search[name] = value.slice(0, 200);
  }
  for (const name of DAYS) {
    const value = raw[name];
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) {
      search[name] = value;
    }
  }
  if (raw.scope === 'all') search.scope = 'all';
  return search;
}

export function parseStates(raw: unknown): State[] {
  if (typeof raw !== 'string') return [];
  const named = raw.split(',');
  return (Object.keys(STATES) as State[]).filter((state) => named.includes(state));
}

export const viewOf = (search: TaskSearch): View => search.view ?? 'active';

/** What the API is asked. A day is one of the zone of the settings, and the last one is in it as a whole. */
export function toFilter({ state, tag, from, to, ...same }: TaskSearch): TaskFilter {
  const states = parseStates(state);
  return {
    ...same,
    view: viewOf(same),
    ...(states.length > 0 ? { state: states } : {}),
    ...(tag ? { tag: tagsOf(tag) } : {}),
    ...(from ? { from: startOfDay(from) } : {}),
    ...(to ? { to: startOfDay(dayAfter(to)) } : {}),
  };
}

const tagsOf = (tag: string) =>
  tag
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

/** `https://github.com/acme/app.git` is `github.com/acme/app`, as a listed task has it. */
const short = (repository: string) => repository.replace(/^[a-z+]+:\/\//, '').replace(/(?:\.git)?\/?$/, '');

/** The filters without the tab and without the scope: how many are set, and what "clear" takes away. */
export const FILTERS = [
  'state',
  'tag',
  'repository',
  'model',
  'from',
  'to',
  'q',
] as const satisfies (keyof TaskSearch)[];
export const countFilters = (search: TaskSearch) => FILTERS.filter((name) => search[name] !== undefined).length;

/** Whether a list with this search would show the task: what is pushed is asked here, and not each time of the server. */
export function matchesSearch(task: Task, search: TaskSearch, owner: string | undefined): boolean {
  if (search.scope !== 'all' && owner !== undefined && task.owner !== owner) return false;
  if (!matchesView(task, viewOf(search))) return false;
  const { state, tag, from, to } = toFilter(search);
  if (state && !state.includes(task.state)) return false;
  if (tag?.some((each) => !task.tags.includes(each))) return false;
  if (search.repository && short(search.repository) !== task.repository) return false;
  if (search.model && search.model !== task.model) return false;
  if (search.q && !task.title.toLowerCase().includes(search.q.toLowerCase())) return false;
  const made = Date.parse(task.created_at);
  return !(from && made < Date.parse(from)) && !(to && made >= Date.parse(to));
}

export function matchesView(task: Task, view: View): boolean {
  switch (view) {
    case 'active':
      return !isTerminal(task.state);
    case 'needs_review':
      return isTerminal(task.state) && !task.reviewed_at;
    case 'all':
      return true;
  }
}

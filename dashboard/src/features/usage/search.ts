import { type Day, dayIn, firstOfMonth, isDay, isZone, length, plusDays } from './days';

export const PRESETS = ['7d', '30d', '90d', 'month', 'last-month'] as const;
export type Preset = (typeof PRESETS)[number];

export const GROUPS = ['model', 'repository', 'user'] as const;
export type GroupBy = (typeof GROUPS)[number];

export const METRICS = ['cost', 'tokens', 'tasks'] as const;
export type Metric = (typeof METRICS)[number];

const MOST_HIDDEN = 50;

/** The longest range that the API adds up. */
export const MAX_DAYS = 366;

/** The whole state of the page. It lives in the address: a link shows what its sender saw. */
export type UsageSearch = {
  range?: Preset;
  from?: Day;
  to?: Day;
  tz?: string;
  by?: GroupBy;
  show?: Metric;
  hide?: string[];
  scope?: 'all';
};

/** What a control changes; `undefined` goes back to the default. */
export type SearchPatch = { [Key in keyof UsageSearch]?: UsageSearch[Key] | undefined };

export function patched(search: UsageSearch, patch: SearchPatch): UsageSearch {
  return usageSearch({ ...search, ...patch });
}

export const PRESET_LABELS: Record<Preset, string> = {
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
};

function one<T extends string>(allowed: readonly T[], text: unknown): T | undefined {
  return allowed.find((it) => it === text);
}

/** Keeps what it knows and drops the rest: an address is anybody's text. */
export function usageSearch(raw: Record<string, unknown>): UsageSearch {
  const { from, to, tz, hide } = raw;
  const range = one(PRESETS, raw.range);
  const by = one(GROUPS, raw.by);
  const show = one(METRICS, raw.show);
  const custom = isDay(from) && isDay(to) && from <= to && length(from, to) <= MAX_DAYS;
  const hidden = Array.isArray(hide) ? hide.filter((key) => typeof key === 'string').slice(0, MOST_HIDDEN) : [];
  return {
    ...(range ? { range } : custom ? { from, to } : {}),
    ...(isZone(tz) ? { tz } : {}),
    ...(by ? { by } : {}),
    ...(show ? { show } : {}),
    ...(hidden.length > 0 ? { hide: hidden } : {}),
    ...(raw.scope === 'all' ? { scope: 'all' as const } : {}),
  };
}

export type Range = { from: Day; to: Day };

export function presetRange(preset: Preset, today: Day): Range {
  switch (preset) {
    case '7d':
      return { from: plusDays(today, -6), to: today };
    case '30d':
      return { from: plusDays(today, -29), to: today };
    case '90d':
      return { from: plusDays(today, -89), to: today };
    case 'month':
      return { from: firstOfMonth(today), to: today };
    case 'last-month': {
      const to = plusDays(firstOfMonth(today), -1);
      return { from: firstOfMonth(to), to };
    }
  }
}

export function rangeOf(search: UsageSearch, zone: string, now: Date): Range {
  if (search.from && search.to) return { from: search.from, to: search.to };
  return presetRange(search.range ?? '30d', dayIn(zone, now));
}

/** The range of the same length that ends the day before. */
export function before({ from, to }: Range): Range {
  return { from: plusDays(from, -length(from, to)), to: plusDays(from, -1) };
}

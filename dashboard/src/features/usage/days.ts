/** A day of a calendar, `2026-11-22`: it has no time and no zone. */
export type Day = string;

const DAY_MS = 86_400_000;

/** The day that it is in a zone. */
export function dayIn(zone: string, now: Date): Day {
  // Canada writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
}

export function isDay(text: unknown): text is Day {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

export function plusDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days a range has, both ends included. */
export function length(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

export function daysOf(from: Day, to: Day): Day[] {
  return Array.from({ length: Math.max(0, length(from, to)) }, (_, i) => plusDays(from, i));
}

export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 8)}01`;
}

/** The Monday of a day's week. */
export function monday(day: Day): Day {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return plusDays(day, -((weekday + 6) % 7));
}

export function isZone(text: unknown): text is string {
  if (typeof text !== 'string' || text === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

const SHORT = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const LONG = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  timeZone: 'UTC',
});

export function shortDay(day: Day): string {
  return SHORT.format(new Date(`${day}T00:00:00Z`));
}

export function longDay(day: Day): string {
  return LONG.format(new Date(`${day}T00:00:00Z`));
}

/** `Nov 2 – 8`, `Oct 26 – Nov 1`. */
export function span(from: Day, to: Day): string {
  return SHORT.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

/** Numbers, money and times as they are shown. English words, so English numbers. */
const LOCALE = 'en-US';

const cents = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'USD' });
const fine = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const percents = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });

/** `$12.30`; `$0.0042` where cents would say nothing. */
export function usd(micros: number): string {
  const dollars = micros / 1e6;
  return dollars > 0 && dollars < 0.1 ? fine.format(dollars) : cents.format(dollars);
}

/** `12.4K` */
export const compactNumber = (value: number) => compact.format(value);
/** `12,431` */
export const number = (value: number) => whole.format(value);
/** `93.4%` of a share between 0 and 1. */
export const percent = (share: number) => percents.format(share);
/** `1 task`, `3 tasks`. */
export const plural = (count: number, one: string, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** `780 ms`, `12 s`, `3m 12s`, `2h 5m`, `4d 3h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `3m ago`, `in 2h`, `just now`. */
export function ago(at: string | number, now: number = Date.now()): string {
  const distance = (typeof at === 'number' ? at : Date.parse(at)) - now;
  for (const [unit, ms] of STEPS) {
    if (Math.abs(distance) >= ms) return relative.format(Math.trunc(distance / ms), unit);
  }
  return distance > 10_000 ? 'in a moment' : 'just now';
}

/** `Nov 22, 2026, 14:03:22 GMT+1`, in the zone that was chosen. */
export function dateTime(at: string | number, timeZone?: string): string {
  return new Intl.DateTimeFormat(LOCALE, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(at));
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `1.2 MB`, in powers of 1,024. */
export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, count < 1 ? 0 : Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** `https://github.com/acme/shop.git` is `acme/shop`. */
export function repositoryName(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//, '').replace(/\.git\/?$/, '');
  return path.split('/').filter(Boolean).slice(-2).join('/') || url;
}

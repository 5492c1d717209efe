import { timeZone } from './zone';

const DAY_MS = 86_400_000;

/** The day after `2026-11-22`. */
export const dayAfter = (day: string) => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

/** The moment at which a day begins. Where the clocks jump over midnight, it is the first one after. */
export function startOfDay(day: string, zone: string = timeZone()): string {
  const wall = Date.parse(day);
  const near = wall - offset(wall, zone);
  const nearer = wall - offset(near, zone);
  const isOfDay = (at: number) => at + offset(at, zone) >= wall;
  const start = [near, nearer].toSorted((a, b) => a - b).find(isOfDay) ?? near;
  return new Date(start).toISOString();
}

/** How far the clocks of a zone are ahead of UTC. */
function offset(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
  return hours === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

import type {
  Page,
  Quantiles,
  QueueView,
  UsageReport as Report,
  Task,
  UsageTotals as Totals,
} from '../../src/api/types';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How much longer a task takes than its actors do. */
const LONGER = 400;
/** Tasks of a working day, as many times what the real day had; on a weekend nearly nobody is there. */
const WORK = [1.4, 2.1, 0.7, 2.6, 1.2, 3.1, 1.9, 0.8, 2.3, 1.6];
const WEEKEND = 0.2;

/**
 * A report as it would be had there been days like today's for a month: a test has no month. Each day is today, more or
 * less of it, and all sums are made anew, so that the page adds up.
 */
export function aMonth(report: Report): Report {
  const today = report.days.at(-1);
  if (today === undefined) return report;
  const days = report.days.map((day, index) => {
    if (day === today) return day;
    const weekday = new Date(Date.parse(day.date)).getUTCDay();
    const groups = today.groups.map(({ key, totals }, group) => {
      const work = WORK[(index * 3 + group * 7) % WORK.length] ?? 1;
      return { key, totals: times(totals, weekday % 6 === 0 ? work * WEEKEND : work) };
    });
    return { ...day, groups, totals: sum(groups.map(({ totals }) => totals)) };
  });
  const groups = report.groups.map((group) => {
    const shares = days.flatMap((day) => day.groups.filter(({ key }) => key === group.key));
    return { ...group, totals: { ...group.totals, ...sum(shares.map(({ totals }) => totals)) } };
  });
  const top_tasks = report.top_tasks.map((task, index) => ({
    ...task,
    ended_at: new Date(Date.parse(task.ended_at) - index * 3 * DAY_MS).toISOString(),
  }));
  const totals = {
    ...sum(days.map((day) => day.totals)),
    duration_s: longer(report.totals.duration_s),
    queue_wait_s: longer(report.totals.queue_wait_s),
  };
  return { ...report, days, groups, top_tasks, totals };
}

/** Tasks as they would be had they taken their time: one after the other, not all in the same moment. */
export function anAfternoon(list: Page<Task>): Page<Task> {
  const items = list.items.map((task, index) => {
    const earlier = (time: string) => new Date(Date.parse(time) - index * 17 * MINUTE_MS).toISOString();
    const { created_at, started_at, ended_at } = task;
    if (!started_at || !ended_at) return task;
    const took = (Date.parse(ended_at) - Date.parse(started_at)) * LONGER;
    const started = earlier(started_at);
    const ended = new Date(Date.parse(started) + took).toISOString();
    return { ...task, created_at: earlier(created_at), started_at: started, ended_at: ended };
  });
  return { ...list, items };
}

/** The hours of a day, as they would be had it not begun a moment ago: few at night. */
export function aDayOfEnds(queue: QueueView): QueueView {
  const throughput = queue.throughput.map((past, index) => {
    const hour = new Date(past.hour).getUTCHours();
    const succeeded = Math.round((WORK[index % WORK.length] ?? 1) * (hour < 7 || hour > 20 ? 1 : 5));
    return { ...past, succeeded, failed: index % 4 === 0 ? 2 : index % 3, canceled: index % 7 === 3 ? 1 : 0 };
  });
  return { ...queue, throughput };
}

const longer = (of: Quantiles | null | undefined) => (of ? { median: of.median * LONGER, p95: of.p95 * LONGER } : null);

function times(totals: Totals, by: number): Totals {
  const scaled: Totals = { ...totals };
  for (const [name, value] of Object.entries(totals)) {
    if (typeof value === 'number') Object.assign(scaled, { [name]: Math.round(value * by) });
  }
  return { ...scaled, tasks: scaled.succeeded + scaled.failed + scaled.canceled };
}

function sum(all: readonly Totals[]): Totals {
  const whole: Record<string, number> = {};
  for (const totals of all) {
    for (const [name, value] of Object.entries(totals)) {
      if (typeof value === 'number') whole[name] = (whole[name] ?? 0) + value;
    }
  }
  return whole as unknown as Totals;
}

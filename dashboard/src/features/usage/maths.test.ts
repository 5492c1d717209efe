import { describe, expect, it } from 'vitest';
import { report, totals } from './fixture';
import { bucketOf, cacheShare, change, columnsOf, measure, OTHER, seriesOf, successRate, tokens } from './maths';

describe('the totals', () => {
  it('say how many succeeded of those that were not called off', () => {
    expect(successRate(totals({ succeeded: 9, failed: 1, canceled: 30 }))).toBe(0.9);
    expect(successRate(totals({ canceled: 3 }))).toBeNull();
  });

  it('count every kind of token', () => {
    const all = totals({
      input_tokens: 1,
      output_tokens: 20,
      cache_read_tokens: 300,
      cache_creation_tokens: 4_000,
    });
    expect(tokens(all)).toBe(4_321);
    expect(measure.tokens(all)).toBe(4_321);
    expect(measure.cost(totals({ cost_usd_micros: 1_250_000 }))).toBe(1_250_000);
  });

  it('say which share of the input came from the cache', () => {
    expect(cacheShare(totals({ input_tokens: 10, cache_read_tokens: 80, cache_creation_tokens: 10 }))).toBe(0.8);
    expect(cacheShare(totals({ output_tokens: 5 }))).toBeNull();
  });

  it('compare with nothing as with nothing', () => {
    expect(change(3, 2)).toBe(0.5);
    expect(change(3, 0)).toBeNull();
  });
});

describe('the series', () => {
  const groups = Array.from({ length: 12 }, (_, i) => ({
    key: `m${i}`,
    label: `Model ${i}`,
    totals: totals({ cost_usd_micros: i * 1e6, tasks: 100 - i }),
  }));

  it('are the five that cost most, and the others together', () => {
    const series = seriesOf(groups);
    expect(series.map((it) => it.key)).toEqual(['m11', 'm10', 'm9', 'm8', 'm7', OTHER]);
    expect(series.at(-1)?.label).toBe('7 others');
  });

  it('do not gather a single one as others', () => {
    expect(seriesOf(groups.slice(0, 6)).map((it) => it.key)).not.toContain(OTHER);
  });

  it('have a colour each', () => {
    const colors = seriesOf(groups).map((it) => it.color);
    expect(new Set(colors).size).toBe(colors.length);
  });
});

describe('the columns', () => {
  it('add up to the groups, for each measure', () => {
    const usage = report({ days: 40, groups: 11 });
    const series = seriesOf(usage.groups);
    for (const metric of ['cost', 'tokens', 'tasks'] as const) {
      const drawn = columnsOf(usage, series, metric)
        .flatMap((column) => Object.values(column.values))
        .reduce((a, b) => a + b, 0);
      const told = usage.groups.reduce((sum, group) => sum + measure[metric](group.totals), 0);
      expect(drawn).toBeCloseTo(told, 6);
    }
  });

  it('have a place for a day on which nothing ran', () => {
    const usage = { ...report({ days: 5, groups: 1 }), days: [] };
    const columns = columnsOf(usage, seriesOf(usage.groups), 'tasks');
    expect(columns).toHaveLength(5);
    expect(columns.every((column) => Object.keys(column.values).length === 0)).toBe(true);
  });

  it('are weeks where days would be hairs, cut to the range, and lose nothing', () => {
    const usage = report({ days: 200, groups: 3 });
    const series = seriesOf(usage.groups);
    expect(bucketOf(usage)).toBe('week');
    const weeks = columnsOf(usage, series, 'tasks');
    expect(weeks.length).toBeLessThanOrEqual(30);
    expect(weeks[0]?.from).toBe(usage.from);
    expect(weeks.at(-1)?.to).toBe(usage.to);
    const sum = weeks.flatMap((week) => Object.values(week.values)).reduce((a, b) => a + b, 0);
    expect(sum).toBe(usage.totals.tasks);
  });
});

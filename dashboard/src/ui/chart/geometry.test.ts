import { describe, expect, it } from 'vitest';
import { type Box, bars, labelled, moved, scale, total, yOf } from './geometry';

const box: Box = { width: 440, height: 220, left: 40, right: 0, top: 10, bottom: 10 };

describe('scale', () => {
  it('has round steps that reach the highest bar', () => {
    expect(scale(9.3)).toEqual({ top: 10, ticks: [0, 2, 4, 6, 8, 10] });
    expect(scale(0.07)).toEqual({ top: 0.08, ticks: [0, 0.02, 0.04, 0.06, 0.08] });
    expect(scale(1_340_000).ticks).toEqual([0, 500_000, 1_000_000, 1_500_000]);
  });

  it('reaches every maximum with at most five steps, and does not dwarf the bars', () => {
    for (let max = 0.001; max < 1e7; max *= 1.37) {
      const { top, ticks } = scale(max);
      expect(top).toBeGreaterThanOrEqual(max * (1 - 1e-9));
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(top).toBeLessThan(max * 1.51);
    }
  });

  it('gives counts no half steps', () => {
    for (let max = 1; max < 400; max += 1) {
      expect(scale(max, 5, true).ticks.every(Number.isInteger)).toBe(true);
    }
    expect(scale(2, 5, true).ticks).toEqual([0, 1, 2]);
  });

  it('survives a chart of zeros', () => {
    expect(scale(0)).toEqual({ top: 1, ticks: [0] });
    expect(scale(Number.NaN)).toEqual({ top: 1, ticks: [0] });
  });
});

describe('bars', () => {
  const columns = [{ a: 1, b: 3 }, { b: 2 }, {}];

  it('stacks the series upwards without a gap, to the height of their sum', () => {
    const [first] = bars(columns, ['a', 'b'], 4, box);
    expect(first?.segments.map((s) => s.key)).toEqual(['a', 'b']);
    const [a, b] = first?.segments ?? [];
    expect(a?.y).toBe(yOf(1, 4, box));
    expect((b?.y ?? 0) + (b?.height ?? 0)).toBeCloseTo(a?.y ?? 0);
    expect(b?.y).toBe(box.top);
    expect((a?.height ?? 0) + (b?.height ?? 0)).toBe(200);
  });

  it('leaves out what is zero and what is hidden', () => {
    const drawn = bars(columns, ['b'], 4, box);
    expect(drawn.map((bar) => bar.segments.length)).toEqual([1, 1, 0]);
    expect(drawn.map((bar) => bar.total)).toEqual([3, 2, 0]);
  });

  it('fills the width with columns that do not overlap', () => {
    const drawn = bars(columns, ['a', 'b'], 4, box);
    expect(drawn[0]?.band.x).toBe(box.left);
    expect((drawn[2]?.band.x ?? 0) + (drawn[2]?.band.width ?? 0)).toBeCloseTo(box.width);
    for (const bar of drawn) {
      expect(bar.x).toBeGreaterThanOrEqual(bar.band.x);
      expect(bar.x + bar.width).toBeLessThanOrEqual(bar.band.x + bar.band.width);
    }
  });

  it('keeps a lone bar slim and a year of bars visible', () => {
    expect(bars([{ a: 1 }], ['a'], 1, box)[0]?.width).toBe(44);
    const year = bars(
      Array.from({ length: 366 }, () => ({ a: 1 })),
      ['a'],
      1,
      box,
    );
    expect(year[0]?.width).toBeGreaterThanOrEqual(1);
  });
});

it('adds up only the series that are shown', () => {
  expect(total({ a: 1, b: 2, c: 4 }, ['a', 'c', 'missing'])).toBe(5);
});

it('names as many columns as there is room for', () => {
  expect(labelled(7, 700, 60)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(labelled(30, 320, 60)).toEqual([0, 6, 12, 18, 24]);
  expect(labelled(0, 320, 60)).toEqual([]);
});

describe('keys', () => {
  it.each([
    ['ArrowRight', 3, 4],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 9, 9],
    ['PageDown', 1, 8],
    ['PageUp', 5, 0],
    ['Home', 5, 0],
    ['End', 5, 9],
  ])('%s leads from column %i to %i', (key, from, to) => {
    expect(moved(key, from, 10)).toBe(to);
  });

  it('leaves every other key alone', () => {
    expect(moved('Tab', 3, 10)).toBeNull();
    expect(moved('Enter', 3, 10)).toBeNull();
  });
});

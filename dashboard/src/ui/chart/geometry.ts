/** The geometry of stacked bars: numbers in, pixels out. No DOM, no React. */

export type Values = Readonly<Record<string, number>>;

export type Box = {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
};

type Scale = { top: number; ticks: number[] };

export type Segment = { key: string; value: number; y: number; height: number };

export type Bar = {
  /** The whole column, which takes pointer and focus. */
  band: { x: number; width: number };
  x: number;
  width: number;
  total: number;
  /** From the axis upwards, in the order of the series; what is zero has none. */
  segments: Segment[];
};

const STEPS = [1, 2, 2.5, 5, 10];
const MAX_BAR = 44;
const BAR_SHARE = 0.74;

/** Round steps from zero to at least `max`: 0, 250, 500, … A count has no half steps. */
export function scale(max: number, wanted = 5, whole = false): Scale {
  if (!(max > 0)) return { top: 1, ticks: [0] };
  const raw = max / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const round = STEPS.map((step) => step * power).find((step) => step >= raw * (1 - 1e-9)) ?? raw;
  const step = whole ? Math.max(1, round === 2.5 ? 5 : round) : round;
  const count = Math.ceil(max / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { top: ticks[count] ?? max, ticks };
}

export function total(values: Values, keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + (values[key] ?? 0), 0);
}

export function yOf(value: number, top: number, box: Box): number {
  const inner = box.height - box.top - box.bottom;
  return box.top + inner * (1 - value / top);
}

export function bars(columns: readonly Values[], keys: readonly string[], top: number, box: Box): Bar[] {
  const band = (box.width - box.left - box.right) / Math.max(1, columns.length);
  const width = Math.max(1, Math.min(MAX_BAR, band * BAR_SHARE));
  return columns.map((values, at) => {
    const x = box.left + at * band;
    let below = 0;
    const segments: Segment[] = [];
    for (const key of keys) {
      const value = values[key] ?? 0;
      if (value <= 0) continue;
      const y = yOf(below + value, top, box);
      segments.push({ key, value, y, height: yOf(below, top, box) - y });
      below += value;
    }
    return { band: { x, width: band }, x: x + (band - width) / 2, width, total: below, segments };
  });
}

/** Which columns are named under the axis, so that names of `room` pixels do not touch. */
export function labelled(count: number, inner: number, room: number): number[] {
  if (count === 0) return [];
  const every = Math.max(1, Math.ceil((count * room) / Math.max(1, inner)));
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
}

/** Where a key press leads from column `at`; `null` if the key moves nothing. */
export function moved(key: string, at: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    PageUp: at - 7,
    PageDown: at + 7,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}

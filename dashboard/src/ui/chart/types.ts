import type { Values } from './geometry';

export type ChartSeries = { key: string; label: string; color: string };

export type ChartColumn = {
  key: string;
  /** Under the axis. */
  label: string;
  /** In the tooltip, the table and for screen readers. */
  title: string;
  values: Values;
  /** Where a click on the column leads. */
  href?: string;
};

export type StackedBarsProps = {
  title: string;
  /** What a column is: “Day”, “Hour”. */
  unit: string;
  columns: readonly ChartColumn[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
  /** Shorter, on the axis; as `format` if absent. */
  formatTick?: (value: number) => string;
  /** Counts have no half steps on the axis. */
  whole?: boolean;
  height?: number;
  hidden?: ReadonlySet<string>;
  onToggle?: (key: string) => void;
  /** Follows a column's `href` inside the application. */
  onFollow?: (href: string) => void;
  /** What a click does, in the tooltip. */
  followHint?: string;
};

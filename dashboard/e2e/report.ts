import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** As `bench/results.json` has them. */
type Row = { subject: string; what: string; value: number; unit: string; goal?: { at_most: number }; met?: boolean };

/** What was measured, beside what was to be held: for a person, and as JSON where BENCH_OUT says. */
export class Report {
  private readonly rows: Row[] = [];

  note(subject: string, what: string, value: number, unit: string): void {
    this.rows.push({ subject, what, value: rounded(value), unit });
  }

  /** A miss is told and fails nothing: a time on a busy machine says nothing about the code. */
  check(subject: string, what: string, value: number, unit: string, most: number): void {
    this.rows.push({ subject, what, value: rounded(value), unit, goal: { at_most: most }, met: value <= most });
  }

  write(): void {
    console.info(this.table());
    const path = process.env.BENCH_OUT;
    if (path === undefined) return;
    const host = { cpus: os.cpus().length, cpu: os.cpus()[0]?.model, node: process.version };
    writeFileSync(path, `${JSON.stringify({ host, rows: this.rows }, null, 2)}\n`);
  }

  private table(): string {
    const width = Math.max(...this.rows.map(({ what }) => what.length));
    const subjects = [...new Set(this.rows.map(({ subject }) => subject))];
    const lines = subjects.flatMap((subject) => [
      '',
      subject,
      ...this.rows.filter((row) => row.subject === subject).map((row) => line(row, width)),
    ]);
    return lines.join('\n');
  }
}

function line({ what, value, unit, goal, met }: Row, width: number): string {
  const bound = goal ? `≤ ${goal.at_most}  ${met ? 'met' : 'MISSED'}` : '';
  return `${what.padEnd(width)}  ${String(value).padStart(9)} ${unit.padEnd(6)} ${bound}`.trimEnd();
}

const rounded = (value: number) => Math.round(value * 100) / 100;

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

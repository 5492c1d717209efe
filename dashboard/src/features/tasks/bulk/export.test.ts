import { aTask } from '@test/server';
import { describe, expect, it } from 'vitest';
import { toCsv } from '@/lib/csv';
import { tasksToCsv } from './export';

describe('row 23: export', () => {
  it('quotes what holds commas, quotes and line ends', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['two\nlines', null],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n');
  });

  it('gives no spreadsheet a formula, and leaves numbers numbers', () => {
    expect(toCsv(['a'], [['=HYPERLINK("http://evil")'], ['+1'], ['-1'], ['@x'], [-1]])).toBe(
      'a\r\n"\'=HYPERLINK(""http://evil"")"\r\n\'+1\r\n\'-1\r\n\'@x\r\n-1\r\n',
    );
  });

  it('has a line a task, with the cost in dollars', () => {
    const task = aTask({
      title: 'A, b',
      created_at: '2026-11-22T12:00:00Z',
      usage: { cost_usd_micros: 1_500_000 } as never,
    });
    const [header, line] = tasksToCsv([task]).split('\r\n');
    const at = (name: string) => (header ?? '').split(',').indexOf(name);
    expect(line).toContain('"A, b"');
    expect(line?.replace('"A, b"', 'x').split(',')[at('cost_usd')]).toBe('1.5');
  });
});

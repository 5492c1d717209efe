import type { Hunk } from '../model/files';

export type Mark = readonly [from: number, to: number];
export type Side = { readonly number: number; readonly text: string; readonly mark?: Mark };
export type DiffRow =
  | { readonly kind: 'gap'; readonly text: string }
  | { readonly kind: 'same' | 'changed'; readonly old?: Side; readonly new?: Side };

/** Lines as they stand beside each other: what went with what came, and what stayed. */
export function rowsOf(hunks: readonly Hunk[]): DiffRow[] {
  return hunks.flatMap((hunk, index) => [...gapBefore(hunks, index), ...rowsOfHunk(hunk)]);
}

function gapBefore(hunks: readonly Hunk[], index: number): DiffRow[] {
  const hunk = hunks[index];
  const before = hunks[index - 1];
  if (hunk === undefined) return [];
  const skipped = before === undefined ? hunk.newStart - 1 : hunk.newStart - before.newStart - before.newLines;
  return skipped > 0 ? [{ kind: 'gap', text: `${skipped} unchanged line${skipped === 1 ? '' : 's'}` }] : [];
}

function rowsOfHunk(hunk: Hunk): DiffRow[] {
  const rows: DiffRow[] = [];
  let [old, now] = [hunk.oldStart, hunk.newStart];
  let [gone, come]: [Side[], Side[]] = [[], []];
  const settle = () => {
    rows.push(...paired(gone, come));
    [gone, come] = [[], []];
  };
  for (const line of hunk.lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) {
      // What goes after something came is the next change.
      if (come.length > 0) settle();
      gone.push({ number: old, text });
      old += 1;
    } else if (line.startsWith('+')) {
      come.push({ number: now, text });
      now += 1;
    } else if (!line.startsWith('\\')) {
      settle();
      rows.push({ kind: 'same', old: { number: old, text }, new: { number: now, text } });
      old += 1;
      now += 1;
    }
  }
  settle();
  return rows;
}

function paired(gone: readonly Side[], come: readonly Side[]): DiffRow[] {
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) => {
    const [old, now] = [gone[index], come[index]];
    if (old === undefined || now === undefined) {
      return { kind: 'changed', ...(old && { old }), ...(now && { new: now }) };
    }
    const [oldMark, newMark] = difference(old.text, now.text);
    return {
      kind: 'changed',
      old: oldMark === undefined ? old : { ...old, mark: oldMark },
      new: newMark === undefined ? now : { ...now, mark: newMark },
    };
  });
}

/** What of two lines differs, where enough of them is the same for that to say something. */
export function difference(before: string, after: string): [Mark | undefined, Mark | undefined] {
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) head += 1;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const shared = head + tail - (before.length - before.trimStart().length);
  if (shared < Math.max(before.length, after.length) * 0.3) return [undefined, undefined];
  const mark = (text: string): Mark | undefined => (head < text.length - tail ? [head, text.length - tail] : undefined);
  return [mark(before), mark(after)];
}

/** The rows one below the other: all that goes of a change before all that comes. */
export function unified(rows: readonly DiffRow[]): DiffRow[] {
  const lines: DiffRow[] = [];
  let come: DiffRow[] = [];
  const settle = () => {
    lines.push(...come);
    come = [];
  };
  for (const row of rows) {
    if (row.kind !== 'changed') {
      settle();
      lines.push(row);
      continue;
    }
    if (row.old !== undefined && row.new === undefined && come.length > 0 && lines.at(-1)?.kind !== 'changed') settle();
    if (row.old !== undefined) lines.push({ kind: 'changed', old: row.old });
    if (row.new !== undefined) come.push({ kind: 'changed', new: row.new });
  }
  settle();
  return lines;
}

export const textOfSide = (rows: readonly DiffRow[], side: 'old' | 'new'): string =>
  rows.map((row) => (row.kind === 'gap' ? '' : (row[side]?.text ?? ''))).join('\n');

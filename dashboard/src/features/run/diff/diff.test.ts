import { describe, expect, test } from 'vitest';
import { readPatch } from './patch';
import { difference, rowsOf, unified } from './rows';
import { treeOf } from './tree';

const file = (head: string, body = '') => `diff --git a/x b/x\n${head}${body}`;
const PATCH = [
  'diff --git a/src/a.ts b/src/a.ts\nindex 1..2 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n-one\n+One\n two\n',
  'diff --git a/old name.md b/new name.md\nsimilarity index 90%\nrename from old name.md\nrename to new name.md\nindex 1..2\n--- a/old name.md\n+++ b/new name.md\n@@ -1 +1 @@\n-a\n+b\n',
  'diff --git "a/\\303\\244.txt" "b/\\303\\244.txt"\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ "b/\\303\\244.txt"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n',
  'diff --git a/logo.png b/logo.png\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 4\nLcmZQzWMT#Y01f~L\n\n',
  'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n',
  'diff --git a/gone b/gone\ndeleted file mode 100644\nindex 1..0\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n--- x\n',
].join('');

describe('row 11: a patch as git writes it', () => {
  test('names each file, what became of it, and its lines', () => {
    const brief = readPatch(PATCH).map(({ path, kind, added, removed, from, remark }) => [
      path,
      kind,
      added,
      removed,
      from ?? remark,
    ]);
    expect(brief).toEqual([
      ['src/a.ts', 'modified', 1, 1, undefined],
      ['new name.md', 'renamed', 1, 1, 'old name.md'],
      ['ä.txt', 'added', 1, 0, undefined],
      ['logo.png', 'added', 0, 0, 'A binary file'],
      ['run.sh', 'modified', 0, 0, 'Made executable'],
      ['gone', 'deleted', 0, 1, undefined],
    ]);
  });

  test('that was cut in the middle still shows what is there', () => {
    const cut = `${PATCH}diff --git a/big b/big\nindex 1..2\n--- a/big\n+++ b/big\n@@ -1,9 +1,9 @@\n-one\n+One\n\n[... the patch was cut here ...]\n`;
    const last = readPatch(cut).at(-1);
    expect(last).toMatchObject({ path: 'big', added: 1, removed: 1, remark: 'Not all of this change is here' });
  });

  test('that is no patch has no files', () => {
    expect(readPatch('')).toEqual([]);
    expect(readPatch('hello\n--- a\n+++ b')).toEqual([]);
    expect(readPatch(file('nonsense\n@@ x @@\n'))).toHaveLength(1);
  });
});

describe('rows of a diff', () => {
  const hunk = {
    oldStart: 5,
    oldLines: 4,
    newStart: 5,
    newLines: 4,
    lines: [' same', '-price = 1', '-gone', '+price = 2', '+come', ' end'],
  };

  test('what goes stands beside what comes, with their numbers', () => {
    const rows = rowsOf([hunk]);
    expect(rows.map((row) => (row.kind === 'gap' ? row.text : [row.old?.number, row.new?.number]))).toEqual([
      '4 unchanged lines',
      [5, 5],
      [6, 6],
      [7, 7],
      [8, 8],
    ]);
  });

  test('in one column all that goes comes first', () => {
    const lines = unified(rowsOf([hunk])).map((row) =>
      row.kind === 'gap' ? 'gap' : row.kind === 'same' ? ' ' : row.new ? '+' : '-',
    );
    expect(lines.join('')).toBe('gap --++ ');
  });

  test('what differs within a line is marked, where the rest is the same', () => {
    expect(difference('price = 1', 'price = 2')).toEqual([
      [8, 9],
      [8, 9],
    ]);
    expect(difference('abc', 'xyz')).toEqual([undefined, undefined]);
    expect(difference('a b', 'a b c')).toEqual([undefined, [3, 5]]);
  });
});

test('files stand in a tree, and a lone directory in one line with its own', () => {
  const lines = treeOf(
    readPatch(
      ['a/b/c/1.ts', 'a/b/c/2.ts', 'z.ts']
        .map((path) => `diff --git a/${path} b/${path}\nold mode 100644\nnew mode 100755\n`)
        .join(''),
    ),
  );
  expect(lines.map(({ name, depth }) => [name, depth])).toEqual([
    ['a/b/c', 0],
    ['1.ts', 1],
    ['2.ts', 1],
    ['z.ts', 0],
  ]);
});

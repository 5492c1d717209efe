import { parsePatch } from 'diff';
import { countLines, type FileChange, type Hunk } from '../model/files';

export type ChangeKind = 'added' | 'deleted' | 'renamed' | 'modified';
export type PatchFile = {
  readonly path: string;
  /** Where it was, if it was renamed. */
  readonly from?: string;
  readonly kind: ChangeKind;
  readonly hunks: readonly Hunk[];
  readonly added: number;
  readonly removed: number;
  /** Why there are no lines to see, or not all of them. */
  readonly remark?: string;
  /** This file's part of the patch. */
  readonly text: string;
};

/** The files of a patch as git writes it. What cannot be read of one does not hide the others. */
export function readPatch(patch: string): PatchFile[] {
  return patch
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith('diff --git '))
    .map(readFile);
}

const bare = (name: string | undefined) => name?.replace(/^[ab]\//, '') ?? '';

function readFile(text: string): PatchFile {
  const isBinary = /^(?:GIT binary patch|Binary files )/m.test(text);
  try {
    const [file] = parsePatch(isBinary ? text.slice(0, text.search(/^(?:GIT binary patch|Binary files )/m)) : text);
    if (file === undefined) throw new Error('no file');
    const kind = file.isCreate ? 'added' : file.isDelete ? 'deleted' : file.isRename ? 'renamed' : 'modified';
    const path = bare(kind === 'deleted' ? file.oldFileName : file.newFileName);
    const remark = isBinary ? 'A binary file' : remarkOn(text, file.hunks.length === 0);
    const { hunks } = file;
    return {
      path,
      kind,
      hunks,
      ...countLines(hunks),
      text,
      ...(kind === 'renamed' ? { from: bare(file.oldFileName) } : {}),
      ...(remark === undefined ? {} : { remark }),
    };
  } catch {
    const path = /^diff --git "?a\/(.+?)"? "?b\//.exec(text)?.[1] ?? 'unknown';
    const hunks = hunksLeft(text);
    return { path, kind: 'modified', hunks, ...countLines(hunks), text, remark: 'Not all of this change is here' };
  }
}

/** What can be read of a change that was cut in the middle. */
function hunksLeft(text: string): Hunk[] {
  return text
    .split(/^(?=@@ )/m)
    .slice(1)
    .flatMap((part) => {
      const [head = '', ...lines] = part.split('\n');
      const [, oldStart, newStart] = /^@@ -(\d+)\S* \+(\d+)/.exec(head) ?? [];
      if (oldStart === undefined || newStart === undefined) return [];
      const kept = lines.filter((line) => /^[-+ \\]/.test(line));
      const count = (sign: string) => kept.filter((line) => line.startsWith(sign) || line.startsWith(' ')).length;
      return [{ oldStart: +oldStart, oldLines: count('-'), newStart: +newStart, newLines: count('+'), lines: kept }];
    });
}

function remarkOn(text: string, isEmpty: boolean): string | undefined {
  const [, mode] = /^new mode (\d+)$/m.exec(text) ?? [];
  if (mode !== undefined) return mode === '100755' ? 'Made executable' : 'No longer executable';
  if (!isEmpty) return undefined;
  return text.includes('\nrename from ') ? 'Renamed without changes' : 'An empty file';
}

/** What the agent's own tools report, in the form of a patch, for as long as there is none. */
export function fromEdits(edits: readonly (FileChange & { hunks: readonly Hunk[] })[]): PatchFile[] {
  return edits.map(({ path, isNew, added, removed, hunks }) => ({
    path: path.replace(/^\/workspace\//, ''),
    kind: isNew ? 'added' : 'modified',
    hunks,
    added,
    removed,
    text: '',
  }));
}

import type { RunState } from './fold';
import { field, isRecord, listField, numberField, textField } from './text';
import { hasFailed } from './tools';
import type { ToolEntry } from './types';

export type Hunk = { oldStart: number; oldLines: number; newStart: number; newLines: number; lines: string[] };
export type FileEdit = { readonly path: string; readonly isNew: boolean; readonly hunks: readonly Hunk[] };
export type FileChange = {
  readonly path: string;
  readonly isNew: boolean;
  readonly added: number;
  readonly removed: number;
  readonly seq: number;
};

/** The edits that a call made, as the tool itself reports them; known only once it answered. */
export function editsOf(tool: ToolEntry): FileEdit[] {
  if (tool.result === null || hasFailed(tool)) return [];
  const { detail } = tool.result;
  const files = listField(field(detail, 'bashEditDiff'), 'files');
  return [detail, ...files].flatMap((file) => {
    const path = textField(file, 'filePath', 'file_path');
    const hunks = hunksOf(file);
    if (path === undefined || (hunks.length === 0 && !isCreation(file))) return [];
    const isNew = isCreation(file);
    return [{ path, isNew, hunks: hunks.length === 0 ? wholeFile(textField(file, 'content') ?? '') : hunks }];
  });
}

const isCreation = (file: unknown) => textField(file, 'type') === 'create';

function hunksOf(file: unknown): Hunk[] {
  const list = listField(file, 'structuredPatch');
  return (list.length > 0 ? list : listField(file, 'hunks')).filter(isHunk);
}

function isHunk(hunk: unknown): hunk is Hunk {
  return (
    isRecord(hunk) &&
    ['oldStart', 'oldLines', 'newStart', 'newLines'].every((name) => numberField(hunk, name) !== undefined) &&
    listField(hunk, 'lines').every((line) => typeof line === 'string')
  );
}

function wholeFile(content: string): Hunk[] {
  if (content === '') return [];
  const lines = content.replace(/\n$/, '').split('\n');
  return [{ oldStart: 0, oldLines: 0, newStart: 1, newLines: lines.length, lines: lines.map((line) => `+${line}`) }];
}

export function countLines(hunks: readonly Hunk[]): { added: number; removed: number } {
  let [added, removed] = [0, 0];
  for (const line of hunks.flatMap((hunk) => hunk.lines)) {
    if (line.startsWith('+')) added += 1;
    else if (line.startsWith('-')) removed += 1;
  }
  return { added, removed };
}

const changes = new WeakMap<ToolEntry, readonly FileChange[]>();

function changesOf(tool: ToolEntry): readonly FileChange[] {
  const known = changes.get(tool);
  if (known !== undefined) return known;
  const made = editsOf(tool).map(({ path, isNew, hunks }) => ({ path, isNew, ...countLines(hunks), seq: tool.seq }));
  changes.set(tool, made);
  return made;
}

/** The files that the agent's own tools changed so far, in the order in which they were first touched. */
export function filesChanged(state: RunState): FileChange[] {
  const files = new Map<string, FileChange>();
  for (const entry of state.entries) {
    if (entry.kind !== 'tool') continue;
    for (const change of changesOf(entry)) {
      const before = files.get(change.path);
      files.set(change.path, {
        path: change.path,
        isNew: before?.isNew ?? change.isNew,
        added: (before?.added ?? 0) + change.added,
        removed: (before?.removed ?? 0) + change.removed,
        seq: change.seq,
      });
    }
  }
  return [...files.values()];
}

/** The same, with the lines: every edit of a file, one after the other. */
export function editsSoFar(state: RunState): (FileChange & { hunks: Hunk[] })[] {
  const hunks = new Map<string, Hunk[]>();
  for (const entry of state.entries) {
    if (entry.kind !== 'tool') continue;
    for (const edit of editsOf(entry)) hunks.set(edit.path, [...(hunks.get(edit.path) ?? []), ...edit.hunks]);
  }
  return filesChanged(state).map((change) => ({ ...change, hunks: hunks.get(change.path) ?? [] }));
}

import { Counts } from '../diff/counts';
import { countLines, editsOf } from '../model/files';
import { hasFailed } from '../model/tools';
import type { ToolEntry } from '../model/types';

/** `+3 −1` on the closed row. */
export function EditCounts({ tool }: { tool: ToolEntry }) {
  if (hasFailed(tool)) return null;
  const edits = editsOf(tool);
  if (edits.length === 0) return null;
  return <Counts {...countLines(edits.flatMap((edit) => edit.hunks))} />;
}

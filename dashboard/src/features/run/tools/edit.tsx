import { use } from 'react';
import { editsOf, type FileEdit, type Hunk } from '../model/files';
import { listField, textField } from '../model/text';
import type { ToolEntry } from '../model/types';
import { Content, type DetailProps, Edits, Problem } from './parts';

/** The edits as they were asked for, where the tool does not report what it did: before it ran, or after it failed. */
function asked(tool: ToolEntry): { path: string; pairs: [string, string][] } {
  const path = textField(tool.input, 'file_path', 'notebook_path') ?? '';
  const edits = listField(tool.input, 'edits');
  const pairs = (edits.length > 0 ? edits : [tool.input]).map((edit): [string, string] => [
    textField(edit, 'old_string', 'old_source') ?? '',
    textField(edit, 'new_string', 'new_source') ?? '',
  ]);
  return { path, pairs };
}

const library = () => import('diff');
let loading: ReturnType<typeof library> | undefined;

/** Compares the texts of a request. The line numbers are those within them: nobody knows the others yet. */
function Comparison({ tool }: DetailProps) {
  loading ??= library();
  const { structuredPatch } = use(loading);
  const { path, pairs } = asked(tool);
  const edits: FileEdit[] = pairs.map(([before, after], index) => {
    const { hunks } = structuredPatch(path, path, before, after, '', '', { context: 3 });
    return { path: pairs.length > 1 ? `${path}#${index + 1}` : path, isNew: false, hunks: hunks as Hunk[] };
  });
  return <Edits edits={edits} />;
}

export function EditDetail({ tool }: DetailProps) {
  const edits = editsOf(tool);
  return (
    <>
      {edits.length > 0 ? <Edits edits={edits} /> : <Comparison tool={tool} />}
      <Problem tool={tool} />
    </>
  );
}

/** A new file is read as a file; one that was there before, as a change. */
export function WriteDetail({ tool }: DetailProps) {
  const edits = editsOf(tool);
  const isChange = edits.some((edit) => !edit.isNew);
  return (
    <>
      {isChange ? (
        <Edits edits={edits} />
      ) : (
        <Content path={textField(tool.input, 'file_path') ?? ''} text={textField(tool.input, 'content') ?? ''} />
      )}
      <Problem tool={tool} />
    </>
  );
}

import type { ReactNode } from 'react';
import { clean } from '@/lib/clean';
import { Hunks } from '../diff/hunks';
import { Code } from '../highlight/code';
import { languageOfPath } from '../highlight/languages';
import type { FileEdit } from '../model/files';
import { pretty } from '../model/text';
import { hasFailed, outputOf } from '../model/tools';
import type { ToolEntry } from '../model/types';
import { Output } from '../text/block';

export type DetailProps = { tool: ToolEntry };

export function Label({ children }: { children: ReactNode }) {
  return <p className="mt-2 mb-1 font-medium text-muted-foreground text-xs first:mt-0">{children}</p>;
}

/** What the tool answered, as a terminal would show it. */
export function Answer({ tool, label }: DetailProps & { label?: string }) {
  if (tool.result === null) return null;
  const failed = hasFailed(tool);
  return <Output text={outputOf(tool.result)} label={label ?? (failed ? 'Error' : 'Output')} failed={failed} />;
}

/** What the model was told, where that differs from a mere "done". */
export function Problem({ tool }: DetailProps) {
  return hasFailed(tool) ? <Answer tool={tool} /> : null;
}

export function Edits({ edits }: { edits: readonly FileEdit[] }) {
  return edits.map((edit) => <Hunks key={edit.path} path={edit.path} hunks={edit.hunks} />);
}

export function Content({ path, text }: { path: string; text: string }) {
  return <Code text={text} language={languageOfPath(path) ?? ''} label={`Content of ${clean(path)}`} />;
}

/** The arguments and the answer as they are. */
export function RawCall({ tool }: DetailProps) {
  return (
    <>
      <Label>Input</Label>
      <Code text={pretty(tool.input ?? null)} language="json" label="Input as JSON" />
      {tool.result !== null && (
        <>
          <Label>Result</Label>
          <Code
            text={pretty(tool.result.detail ?? tool.result.content ?? null)}
            language="json"
            label="Result as JSON"
          />
        </>
      )}
    </>
  );
}

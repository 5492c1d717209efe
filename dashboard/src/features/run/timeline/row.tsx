import { memo } from 'react';
import { plural } from '@/lib/format';
import type { EntryLine, Line, StepLine } from '../model/lines';
import { pretty } from '../model/text';
import { Output } from '../text/block';
import { Guard } from './guard';
import { NoticeRow } from './notice-row';
import { StepRow } from './step-row';
import { TextRow, ThinkingRow, UserRow } from './text-rows';
import { ToolRow } from './tool-row';

const isSameStep = (a: StepLine, b: StepLine) =>
  a.tools.length === b.tools.length && a.failed === b.failed && a.ms === b.ms;
const isSameEntry = (a: EntryLine, b: EntryLine) =>
  a.entry === b.entry && a.isRunning === b.isRunning && a.nested === b.nested;

function isSame(before: RowProps, after: RowProps): boolean {
  const [a, b] = [before.line, after.line];
  if (before.tabIndex !== after.tabIndex || a.key !== b.key || a.depth !== b.depth || a.isOpen !== b.isOpen)
    return false;
  if (a.kind === 'step') return b.kind === 'step' && isSameStep(a, b);
  return b.kind === 'entry' && isSameEntry(a, b);
}

type RowProps = { line: Line; tabIndex: number };

/** One row of the timeline. It is drawn anew only when what it shows has changed. */
export const Row = memo(function Row({ line, tabIndex }: RowProps) {
  const shown =
    line.kind === 'step' ? <StepRow line={line} tabIndex={tabIndex} /> : <EntryRow line={line} tabIndex={tabIndex} />;
  const guarded = <Guard fallback={<Unreadable line={line} />}>{shown}</Guard>;
  return line.depth === 0 ? (
    guarded
  ) : (
    <div className="run-nested" style={{ marginLeft: `${line.depth - 0.35}rem` }}>
      {guarded}
    </div>
  );
}, isSame);

function EntryRow({ line, tabIndex }: { line: EntryLine; tabIndex: number }) {
  const { entry, isOpen } = line;
  switch (entry.kind) {
    case 'text':
      return <TextRow entry={entry} tabIndex={tabIndex} />;
    case 'user':
      return <UserRow entry={entry} tabIndex={tabIndex} />;
    case 'thinking':
      return <ThinkingRow entry={entry} isOpen={isOpen} tabIndex={tabIndex} />;
    case 'notice':
      return <NoticeRow entry={entry} isOpen={isOpen} tabIndex={tabIndex} />;
    case 'tool':
      return (
        <ToolRow
          tool={entry}
          isOpen={isOpen}
          isRunning={line.isRunning}
          remark={line.nested > 0 ? plural(line.nested, 'event') : undefined}
          tabIndex={tabIndex}
        />
      );
  }
}

function Unreadable({ line }: { line: Line }) {
  const what =
    line.kind === 'step'
      ? line.tools.map((tool) => tool.call)
      : line.entry.kind === 'tool'
        ? line.entry.call
        : line.entry.event;
  return <Output text={pretty(what)} label="An event that cannot be shown otherwise" />;
}

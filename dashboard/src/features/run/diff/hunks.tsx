import { memo, useMemo, useState } from 'react';
import { cn } from '@/lib/cn';
import { number } from '@/lib/format';
import { languageOfPath } from '../highlight/languages';
import type { TokenLine } from '../highlight/types';
import { useTokens } from '../highlight/use-tokens';
import type { Hunk } from '../model/files';
import { Frame } from '../text/block';
import { QuietButton } from '../text/capped';
import { LineText } from './line';
import { type DiffRow, rowsOf, type Side, textOfSide, unified } from './rows';

export type Layout = 'unified' | 'split';
/** A file has more lines than anybody reads at once: the rest on demand. */
const SHOWN = 600;

type Colours = { old: readonly TokenLine[] | undefined; new: readonly TokenLine[] | undefined };
type Coloured = (row: DiffRow, side: 'old' | 'new') => TokenLine | undefined;

/** A change of a file, as a table of lines. */
export const Hunks = memo(function Hunks({
  path,
  hunks,
  layout = 'unified',
  label,
}: {
  path: string;
  hunks: readonly Hunk[];
  layout?: Layout;
  label?: string;
}) {
  const rows = useMemo(() => rowsOf(hunks), [hunks]);
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, SHOWN);
  const language = languageOfPath(path);
  const colours: Colours = {
    old: useTokens(
      useMemo(() => textOfSide(shown, 'old'), [shown]),
      language,
    ),
    new: useTokens(
      useMemo(() => textOfSide(shown, 'new'), [shown]),
      language,
    ),
  };
  const places = useMemo(
    () =>
      new Map(
        shown.flatMap((row, index) =>
          row.kind === 'gap'
            ? []
            : [
                [row.new ?? row.old, index],
                [row.old, index],
              ],
        ),
      ),
    [shown],
  );
  const coloured: Coloured = (row, side) =>
    row.kind === 'gap' ? undefined : colours[side]?.[places.get(row[side]) ?? -1];
  const Lines = layout === 'split' ? SplitLines : UnifiedLines;
  return (
    <Frame label={label ?? `Changes of ${path}`} className="run-diff p-0">
      <table className={layout === 'split' ? 'run-split' : undefined}>
        {layout === 'split' && <SplitColumns />}
        <tbody>
          <Lines rows={shown} coloured={coloured} />
        </tbody>
      </table>
      {rows.length > shown.length && (
        <QuietButton className="m-1" onClick={() => setAll(true)}>
          Show {number(rows.length - shown.length)} more lines
        </QuietButton>
      )}
    </Frame>
  );
});

function Gap({ text, columns }: { text: string; columns: number }) {
  return (
    <tr className="run-gap">
      <td colSpan={columns}>{text}</td>
    </tr>
  );
}

const SIGNS = { old: '−', new: '+' } as const;

function UnifiedLines({ rows, coloured }: { rows: readonly DiffRow[]; coloured: Coloured }) {
  return unified(rows).map((row, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their place
    if (row.kind === 'gap') return <Gap key={index} text={row.text} columns={3} />;
    const side = row.new === undefined ? 'old' : 'new';
    const line = row[side];
    if (line === undefined) return null;
    const isChanged = row.kind === 'changed';
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their place
      <tr key={index} className={isChanged ? `run-${side}` : undefined}>
        <td className="run-number">{row.old?.number}</td>
        <td className="run-number">{row.new?.number}</td>
        <td className="run-line" data-sign={isChanged ? SIGNS[side] : undefined}>
          {isChanged && <span className="sr-only">{side === 'new' ? 'added: ' : 'removed: '}</span>}
          <LineText side={line} tokens={coloured(row, side)} />
        </td>
      </tr>
    );
  });
}

const SplitColumns = () => (
  <colgroup>
    <col className="w-11" />
    <col />
    <col className="w-11" />
    <col />
  </colgroup>
);

function SplitLines({ rows, coloured }: { rows: readonly DiffRow[]; coloured: Coloured }) {
  return rows.map((row, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their place
    if (row.kind === 'gap') return <Gap key={index} text={row.text} columns={4} />;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their place
      <tr key={index}>
        <Half side={row.old} name="old" row={row} tokens={coloured(row, 'old')} />
        <Half side={row.new} name="new" row={row} tokens={coloured(row, 'new')} />
      </tr>
    );
  });
}

type HalfProps = { side: Side | undefined; name: 'old' | 'new'; row: DiffRow; tokens: TokenLine | undefined };

function Half({ side, name, row, tokens }: HalfProps) {
  if (side === undefined) return <td colSpan={2} className="run-nothing" />;
  const isChanged = row.kind === 'changed';
  const look = isChanged && `run-${name}`;
  return (
    <>
      <td className={cn('run-number', look)}>{side.number}</td>
      <td className={cn('run-line', look)} data-sign={isChanged ? SIGNS[name] : undefined}>
        {isChanged && <span className="sr-only">{name === 'new' ? 'added: ' : 'removed: '}</span>}
        <LineText side={side} tokens={tokens} />
      </td>
    </>
  );
}

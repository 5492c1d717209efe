import { memo } from 'react';
import { clean } from '@/lib/clean';
import { Pieces } from '../highlight/pieces';
import type { Piece, TokenLine } from '../highlight/types';
import type { Side } from './rows';

/** The pieces of a line between two places. */
function cut(pieces: TokenLine, from: number, to: number): Piece[] {
  const parts: Piece[] = [];
  let at = 0;
  for (const [text, light, dark] of pieces) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part !== '') parts.push([part, light, dark]);
    at += text.length;
  }
  return parts;
}

const COLOURLESS = '';

/** One side of a line: in colour where the colours are there, and what differs marked. */
export const LineText = memo(function LineText({ side, tokens }: { side: Side; tokens: TokenLine | undefined }) {
  const whole = tokens?.map(([text]) => text).join('');
  const pieces: TokenLine = whole === side.text && tokens ? tokens : [[side.text, COLOURLESS, COLOURLESS]];
  if (side.mark === undefined) return <Pieces pieces={visible(pieces)} />;
  const [from, to] = side.mark;
  return (
    <>
      <Pieces pieces={visible(cut(pieces, 0, from))} />
      <mark className="run-mark">
        <Pieces pieces={visible(cut(pieces, from, to))} />
      </mark>
      <Pieces pieces={visible(cut(pieces, to, side.text.length))} />
    </>
  );
});

const visible = (pieces: TokenLine): Piece[] => pieces.map(([text, light, dark]) => [clean(text), light, dark]);

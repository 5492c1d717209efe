import type { CSSProperties } from 'react';
import type { Piece } from './types';

/** Colours are set as properties: a style, never markup. */
const colours = (light: string, dark: string) => ({ '--light': light, '--dark': dark }) as CSSProperties;

export function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map(([text, light, dark], index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line have no other name
    <span key={index} className="run-token" style={colours(light, dark)}>
      {text}
    </span>
  ));
}

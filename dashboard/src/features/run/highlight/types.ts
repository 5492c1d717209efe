import type { Language } from './languages';

/** A piece of a line, its colour by day and its colour by night. */
export type Piece = readonly [text: string, light: string, dark: string];
export type TokenLine = readonly Piece[];

export type Question = { id: number; text: string; language: Language };
export type Answer = { id: number; lines: TokenLine[] | null };

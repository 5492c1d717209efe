import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from './stack.ts';

/** What the demonstration model says and calls, block by block; each list is a turn. */
export type Turn = readonly ({ text: string } | { tool: string; input: Record<string, unknown> })[];

/** A prompt that makes the demonstration model play a script. */
export const played = (...turns: readonly Turn[]): string =>
  `[[script:${Buffer.from(JSON.stringify(turns)).toString('base64')}]]`;

/** One turn after the other, each of which waits for a file, so that the test says when it goes on. */
export function gated(stack: Stack, turns: number): { prompt: string; open: (turn: number) => void } {
  const directory = mkdtempSync(join(stack.data, 'gate-'));
  const gate = (turn: number) => join(directory, String(turn));
  const script = Array.from({ length: turns }, (_, turn) => [
    { text: `Turn ${turn}.` },
    { tool: 'Bash', input: { command: `until test -e ${gate(turn)}; do sleep 0.05; done; echo passed ${turn}` } },
  ]);
  return { prompt: played(...script, [{ text: 'Through.' }]), open: (turn) => writeFileSync(gate(turn), '') };
}

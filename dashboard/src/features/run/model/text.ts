/** Reading values that an agent made: anything may be anything. */

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textField(value: unknown, ...names: string[]): string | undefined {
  for (const name of names) {
    const found = field(value, name);
    if (typeof found === 'string' && found !== '') return found;
  }
  return undefined;
}

export function numberField(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

export function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

/** The text of a message's or a tool's content: a text, a list of blocks, or nothing. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) return textField(content, 'text') ?? pretty(content);
  return content.map(blockText).join('\n');
}

function blockText(block: unknown): string {
  if (typeof block === 'string') return block;
  const text = field(block, 'text');
  if (typeof text === 'string') return text;
  if (textField(block, 'type') === 'image') return '[image]';
  if (textField(block, 'type') === 'tool_reference') return textField(block, 'tool_name') ?? '';
  return pretty(block);
}

/** JSON as a person reads it. What could not be seen, or would change how the rest is shown, is written as an escape. */
export function pretty(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, null, indent) ?? String(value);
  return text.replace(HIDDEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Directional marks, isolates and overrides, zero-width characters, the byte order mark, controls beyond ASCII. */
const HIDDEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The first line that says something. */
export function firstLine(text: string): string {
  return (
    text
      .slice(0, 2000)
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/** The last part of a path, and what leads to it from the workspace. */
export function splitPath(path: string): { directory: string; name: string } {
  const relative = path.replace(/^\/workspace\//, '');
  const at = relative.lastIndexOf('/');
  return { directory: relative.slice(0, at + 1), name: relative.slice(at + 1) };
}

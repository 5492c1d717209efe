/** What somebody wrote, made fit to be shown: nothing in it can act on the terminal that we are not, or reorder the page. */

// Operating system commands (titles, links: OSC 8), strings of other kinds, control sequences, single escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPES = /\u001b(?:[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\-~])/g;
const ESCAPES_BUT_COLOURS = new RegExp(`(?!\\u001b\\[[0-9;:]*m)${ESCAPES.source}`, 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;
/** They reorder what follows, so that a text reads as it is not. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const ESCAPE = '\u001b';
const shownControl = (c: string) =>
  c.charCodeAt(0) < 0x20 ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : c === '\u007f' ? '\u2421' : '\ufffd';
const shownDirection = (c: string) => `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`;

function visible(text: string): string {
  return text.replace(CONTROLS, shownControl).replace(DIRECTIONS, shownDirection);
}

/** A plain text, without escapes. */
export function clean(text: string): string {
  const plain = text.includes(ESCAPE) ? text.replace(ESCAPES, '').replaceAll(ESCAPE, '\u241b') : text;
  return visible(plain.includes('\r') ? overwritten(plain) : plain);
}

/** The output of a terminal: colours stay, as escapes for who paints them. */
export function cleanTerminal(text: string): string {
  const coloured = text.includes(ESCAPE) ? text.replace(ESCAPES_BUT_COLOURS, '') : text;
  return visible(coloured.includes('\r') ? overwritten(coloured) : coloured);
}

/** A progress bar writes its line again and again: the last writing counts. */
function overwritten(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      const written = line.replace(/\r+$/, '');
      return written.slice(written.lastIndexOf('\r') + 1);
    })
    .join('\n');
}

import Anser from 'anser';

/** The sixteen colours of a terminal, as this page's own: readable on paper and on slate. */
const COLOURS: Readonly<Record<string, string>> = {
  'ansi-black': 'text-muted-foreground',
  'ansi-red': 'text-danger',
  'ansi-green': 'text-success',
  'ansi-yellow': 'text-warning',
  'ansi-blue': 'text-running',
  'ansi-magenta': 'text-chart-3',
  'ansi-cyan': 'text-running',
  'ansi-white': 'text-foreground',
  'ansi-bright-black': 'text-muted-foreground',
  'ansi-bright-red': 'text-danger',
  'ansi-bright-green': 'text-success',
  'ansi-bright-yellow': 'text-warning',
  'ansi-bright-blue': 'text-running',
  'ansi-bright-magenta': 'text-chart-3',
  'ansi-bright-cyan': 'text-running',
  'ansi-bright-white': 'text-foreground',
};
const DECORATIONS: Readonly<Record<string, string>> = {
  bold: 'font-semibold',
  dim: 'text-muted-foreground',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'line-through',
  reverse: 'bg-foreground/15',
};

function classesOf({ fg, decorations }: { fg: string | null; decorations: string[] }): string {
  const colour = fg === null ? undefined : COLOURS[fg];
  return [colour, ...decorations.map((name) => DECORATIONS[name])].filter(Boolean).join(' ');
}

/** The escapes of a terminal as classes of ours, everything else as text. */
export default function Coloured({ text }: { text: string }) {
  return Anser.ansiToJson(text, { remove_empty: true, use_classes: true }).map((piece, index) => {
    const classes = classesOf(piece);
    if (classes === '') return piece.content;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name
      <span key={index} className={classes}>
        {piece.content}
      </span>
    );
  });
}

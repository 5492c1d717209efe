type Cell = string | number | boolean | null | undefined;

/** RFC 4180. A text that a spreadsheet would take for a formula is made a text again. */
export function toCsv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands `text` to the browser as a file. */
export function download(name: string, text: string | Blob, type = 'text/plain'): void {
  const url = URL.createObjectURL(
    typeof text === 'string' ? new Blob([text], { type: `${type};charset=utf-8` }) : text,
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the address only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

import { expect, test } from 'vitest';
import { clean, cleanTerminal } from './clean';

test.each([
  ['colours go from plain text', '\u001b[31mred\u001b[0m', 'red'],
  ['a link of a terminal is its words', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
  ['a title is not set', '\u001b]0;title\u0007x', 'x'],
  ['nothing is cleared or moved', '\u001b[2J\u001b[1;1Hx\u001b[?25l', 'x'],
  ['a lone escape is seen', 'a\u001b', 'a\u241b'],
  ['controls are seen', 'a\u0000\u0007b', 'a\u2400\u2407b'],
  ['directions are named', 'a\u202eb\u2066c', 'a[U+202E]b[U+2066]c'],
  ['lines and tabs stay', 'a\tb\r\nc\n', 'a\tb\nc\n'],
  ['what a progress bar wrote last counts', '10 %\r50 %\r100 %\ndone', '100 %\ndone'],
])('%s', (_, text, shown) => expect(clean(text)).toBe(shown));

test('the output of a terminal keeps its colours and nothing else', () => {
  expect(cleanTerminal('\u001b[1;31mred\u001b[0m\u001b[2J\u001b]0;t\u0007')).toBe('\u001b[1;31mred\u001b[0m');
});

test('a megabyte is cleaned in no time, whatever is in it', () => {
  for (const text of [
    '\u001b]8;;'.repeat(250_000),
    '\u001b['.repeat(500_000),
    '\r'.repeat(1_000_000),
    '\u202e'.repeat(300_000),
  ]) {
    const begin = performance.now();
    clean(text);
    cleanTerminal(text);
    expect(performance.now() - begin).toBeLessThan(3_000);
  }
});

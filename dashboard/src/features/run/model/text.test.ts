import { expect, test } from 'vitest';
import { pretty } from './text';

test('raw JSON writes what could not be seen as escapes, and reads back as it was', () => {
  const value = { text: 'a\u202eb\u200bc\u0085\u0000' };
  expect(pretty(value)).toContain('a\\u202eb\\u200bc\\u0085\\u0000');
  expect(JSON.parse(pretty(value))).toEqual(value);
});

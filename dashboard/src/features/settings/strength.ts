/** How hard a password is to guess, roughly and without a list: the server refuses the common ones itself. */

export const MIN_CHARS = 8;

export type Strength = { score: 0 | 1 | 2 | 3 | 4; word: string; hint: string };

const WORDS = ['Too short', 'Weak', 'Fair', 'Good', 'Strong'] as const;

const SEQUENCES = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'password',
  'errand',
];

/** How many of the characters a guesser gets for nothing: they repeat or follow from the one before. */
function predictable(text: string): number {
  const lower = text.toLowerCase();
  let free = 0;
  for (let at = 1; at < lower.length; at += 1) {
    const pair = lower.slice(at - 1, at + 1);
    const back = [...pair].reverse().join('');
    if (pair[0] === pair[1] || SEQUENCES.some((it) => it.includes(pair) || it.includes(back))) free += 1;
  }
  return free;
}

function alphabet(text: string): number {
  return (
    (/[a-z]/.test(text) ? 26 : 0) +
    (/[A-Z]/.test(text) ? 26 : 0) +
    (/\d/.test(text) ? 10 : 0) +
    (/[^a-zA-Z\d]/.test(text) ? 33 : 0)
  );
}

export function strength(password: string, email = ''): Strength {
  const chars = [...password].length;
  if (chars < MIN_CHARS) {
    return { score: 0, word: WORDS[0], hint: `At least ${MIN_CHARS} characters; four words are easy to remember.` };
  }
  const name = email.split('@')[0] ?? '';
  const named = name.length >= 3 && password.toLowerCase().includes(name.toLowerCase());
  const worth = Math.max(1, chars - predictable(password) - (named ? name.length : 0));
  const distinct = new Set(password).size;
  const bits = Math.min(worth, distinct * 2) * Math.log2(Math.max(2, alphabet(password)));
  const score = bits < 40 ? 1 : bits < 56 ? 2 : bits < 76 ? 3 : 4;
  const hints = {
    1: named ? 'It has your own name in it.' : 'Repeated characters and rows of keys are tried first.',
    2: 'A word or two more makes it far harder to guess.',
    3: 'Good. A longer one would be stronger still.',
    4: 'Hard to guess.',
  } as const;
  return { score, word: WORDS[score], hint: hints[score] };
}

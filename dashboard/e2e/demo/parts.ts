import { Story, story } from '../../src/features/run/fixtures/story';
import { AFTER } from './repository.ts';

/** What an actor does that is given a prompt. */
export type Part = {
  story: Story;
  /** Left in the workspace. */
  files?: Record<string, string>;
  /** Of the wrapper's last event. */
  outcome?: Record<string, unknown>;
  /** Goes on until it is told to stop. */
  holds?: boolean;
};

const spent = (share: number) => ({
  cost_usd_micros: Math.round(421_000 * share),
  turns: Math.ceil(14 * share),
  usage: {
    input_tokens: Math.round(31_200 * share),
    output_tokens: Math.round(9_880 * share),
    cache_read_tokens: Math.round(412_000 * share),
    cache_creation_tokens: Math.round(22_100 * share),
  },
});

/** By the first line of the prompt. */
export const PARTS: Record<string, Part> = {
  'Find the missing cent at checkout': {
    story: found(),
    files: AFTER,
    outcome: { outcome: 'completed', result_text: summary(), ...spent(1) },
  },
  'Send order emails in the reader’s language': { story: story(), holds: true },
  'Rewrite the search index': { story: story(), holds: true },
  'Move to version 9 of the payments SDK': {
    story: stuck(),
    outcome: { outcome: 'failed', reason: 'agent_error', message: 'No migration leads from 6 to 9.', ...spent(0.15) },
  },
  'Write the release notes of version 4': {
    story: said('The notes are in `CHANGELOG.md`: three things added, one mended.'),
    files: { 'CHANGELOG.md': '# Version 4\n\n- Totals are right to the cent.\n' },
    outcome: { outcome: 'completed', result_text: 'Written.', ...spent(0.3) },
  },
  'Name the colours of the new theme': {
    story: said('They have names now: *ink*, *paper*, *sea*.'),
    outcome: { outcome: 'completed', result_text: 'Named.', ...spent(0.08) },
  },
  'Say in the API’s manual what a refund returns': simple('The manual says it now, with an example.', 0.12),
  'Make the nightly export twice as fast': simple('One query in the place of two thousand.', 0.9),
  'Delete what is left of the old basket': simple('Nobody called it. 412 lines less.', 0.4),
  'Why do sign-ins from Safari fail?': simple('The cookie lacked `SameSite`. Fixed, with a test.', 0.7),
  'Raise the coverage of invoices to 90 %': simple('From 71 % to 93 %.', 0.55),
  'Sort the search results by what was bought': simple('Sorted, behind a switch that is off.', 0.65),
  'Warn when a voucher is about to end': simple('A line says so in the basket, a week ahead.', 0.35),
};

/** Done at once, and soon told. */
function simple(text: string, share: number): Part {
  return { story: said(text), outcome: { outcome: 'completed', result_text: text, ...spent(share) } };
}

function summary(): string {
  return [
    'All tests pass. The cent is back: totals are kept in cents and rounded **once**, when they are shown.',
    '',
    '### What changed',
    '',
    '- `cart/total.ts` counts in cents',
    '- `cart/money.ts` formats amounts',
    '- two more sums, in `invoice` and `refund`, follow the same rule',
  ].join('\n');
}

function found(): Story {
  const s = story();
  const green = '\u001b[32m✓\u001b[39m 41 tests in 6 files \u001b[2m(3.2 s)\u001b[22m';
  s.call('Bash', { command: 'npx vitest run' }, { content: green, detail: { stdout: green, stderr: '' }, ms: 3_200 });
  s.todos(5, [
    'Reproduce the failing checkout test',
    'Find where the discount is rounded',
    'Keep money in cents until it is shown',
    'Add tests for the edge cases',
    'Run the whole suite',
  ]);
  return s.text(summary());
}

function stuck(): Story {
  const error = '\u001b[31mError:\u001b[0m no migration leads from 6 to 9';
  return new Story()
    .text('The new SDK wants another shape of the intent. I’ll try the migration that it brings along.')
    .call(
      'Bash',
      { command: 'npx payments-migrate --to 9', description: 'Run the migration' },
      { is_error: true, content: error, detail: { stdout: '', stderr: error } },
    )
    .text('There is no way from 6 to 9 in one step, and 7 is not to be had any more. Somebody must decide this.');
}

function said(text: string): Story {
  return new Story().text(text);
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Files = Record<string, string>;

/** A git repository with one commit on `main`; answers where it can be cloned from. */
export function repository(at: string, files: Files): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), content);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@errand.test', ...args], { cwd: at });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The shop as it is');
  return `file://${at}`;
}

const sum = (add: string) => `export function sum(lines: readonly Line[]): number {
  let sum = 0;
  for (const line of lines) {
    sum += ${add};
  }
  return sum;
}
`;

/** The shop, in which a cent gets lost. */
export const BEFORE: Files = {
  'src/cart/total.ts': `import type { Cart } from './cart';
import { discountFor } from './discount';

export function total(cart: Cart): number {
  const sum = cart.items.reduce((all, item) => all + item.price * item.count, 0);
  const discount = Math.round(sum * discountFor(cart.coupon)) / 100;
  return sum - discount;
}

export const format = (amount: number) => amount.toFixed(2);
`,
  'src/invoice/lines.ts': sum('line.price'),
  'src/refund/partial.ts': sum('line.price'),
};

/** The shop as the agent leaves it. */
export const AFTER: Files = {
  'src/cart/total.ts': `import type { Cart } from './cart';
import { discountFor } from './discount';
import money from './money';

export function total(cart: Cart): number {
  // Cents all the way: a fraction that is rounded twice is how a cent gets lost.
  const cents = cart.items.reduce((all, item) => all + toCents(item.price) * item.count, 0);
  const discount = Math.round(cents * discountFor(cart.coupon));
  return (cents - discount) / 100;
}

export const format = (amount: number) => money.format(amount);
export const toCents = (price: number) => Math.round(price * 100);
`,
  'src/cart/money.ts': `const money = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
});

export default money;
`,
  'src/invoice/lines.ts': sum('toCents(line.price)'),
  'src/refund/partial.ts': sum('toCents(line.price)'),
};

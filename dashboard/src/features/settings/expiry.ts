/** How long a key lives, as the form offers it. The API refuses more than a year. */
export const EXPIRIES = {
  '7': '7 days',
  '30': '30 days',
  '90': '90 days',
  '365': '1 year',
  never: 'Never',
} as const;

export type Expiry = keyof typeof EXPIRIES;

export function expiresAt(expiry: Expiry, now: Date): string | null {
  if (expiry === 'never') return null;
  return new Date(now.getTime() + Number(expiry) * 86_400_000).toISOString();
}

export type Life = 'never' | 'expired' | 'soon' | 'fine';

export function life(expires_at: string | null | undefined, now: Date): Life {
  if (!expires_at) return 'never';
  const left = Date.parse(expires_at) - now.getTime();
  if (left <= 0) return 'expired';
  return left < 7 * 86_400_000 ? 'soon' : 'fine';
}

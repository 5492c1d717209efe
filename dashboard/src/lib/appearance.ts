import { create } from 'zustand';
import { read, write } from './storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Theme = (typeof THEMES)[number];
export type Density = (typeof DENSITIES)[number];

interface Appearance {
  theme: Theme;
  density: Density;
  /** An IANA zone; the browser's own where it is undefined. */
  timeZone: string | undefined;
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  shortcuts: boolean;
}

const DEFAULTS: Appearance = { theme: 'system', density: 'comfortable', timeZone: undefined, shortcuts: true };

interface AppearanceStore extends Appearance {
  set: (change: Partial<Appearance>) => void;
}

export const useAppearance = create<AppearanceStore>()((set, get) => ({
  ...DEFAULTS,
  ...read('appearance', parseAppearance),
  set(change) {
    set(change);
    const { theme, density, timeZone, shortcuts } = get();
    write('appearance', { theme, density, timeZone, shortcuts });
    applyAppearance();
  },
}));

function parseAppearance(value: unknown): Partial<Appearance> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const stored = value as Record<string, unknown>;
  const parsed: Partial<Appearance> = {};
  const theme = THEMES.find((known) => known === stored.theme);
  const density = DENSITIES.find((known) => known === stored.density);
  if (theme) parsed.theme = theme;
  if (density) parsed.density = density;
  if (typeof stored.timeZone === 'string' && isTimeZone(stored.timeZone)) parsed.timeZone = stored.timeZone;
  if (typeof stored.shortcuts === 'boolean') parsed.shortcuts = stored.shortcuts;
  return parsed;
}

export function isTimeZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

const darkSystem = () => matchMedia('(prefers-color-scheme: dark)');

/** Puts theme and density onto the page. `public/theme.js` has done the same before the first paint. */
export function applyAppearance(): void {
  const { theme, density } = useAppearance.getState();
  const root = document.documentElement;
  root.classList.toggle('dark', theme === 'dark' || (theme === 'system' && darkSystem().matches));
  root.dataset.density = density;
}

/** Follows the system's theme while "system" is chosen. */
export function followSystemTheme(): void {
  applyAppearance();
  darkSystem().addEventListener('change', applyAppearance);
}

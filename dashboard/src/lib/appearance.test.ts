import { readFile } from 'node:fs/promises';
import { runInThisContext } from 'node:vm';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const systemIsDark = (dark: boolean) =>
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: dark, addEventListener: () => undefined } as never);

/** As the browser does before it paints. */
async function beforeFirstPaint(): Promise<boolean> {
  document.documentElement.className = '';
  runInThisContext(await readFile('public/theme.js', 'utf8'));
  return document.documentElement.classList.contains('dark');
}

/** As the program does once it runs. */
async function onceItRuns(): Promise<boolean> {
  vi.resetModules();
  const { applyAppearance } = await import('./appearance');
  applyAppearance();
  return document.documentElement.classList.contains('dark');
}

describe('row 28: light, dark and system, without a flash', () => {
  beforeEach(() => localStorage.clear());

  it.each([
    [undefined, true, true],
    [undefined, false, false],
    ['{"theme":"system"}', true, true],
    ['{"theme":"light"}', true, false],
    ['{"theme":"dark"}', false, true],
    ['not json', true, true],
    ['null', false, false],
  ])('%s on a system that is dark: %s', async (stored, system, dark) => {
    systemIsDark(system);
    if (stored !== undefined) localStorage.setItem('errand:appearance', stored);
    expect([await beforeFirstPaint(), await onceItRuns()]).toEqual([dark, dark]);
  });

  it('writes a choice where the next page load finds it', async () => {
    systemIsDark(false);
    vi.resetModules();
    const { useAppearance } = await import('./appearance');
    useAppearance.getState().set({ theme: 'dark' });
    expect(document.documentElement).toHaveClass('dark');
    expect(await beforeFirstPaint()).toBe(true);
  });
});

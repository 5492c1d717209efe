import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAppearance } from './appearance';
import { groupShortcuts, handleKey, keyNames, type Shortcut, useShortcutRegistry, useShortcuts } from './shortcuts';

const user = userEvent.setup();
beforeEach(() => addEventListener('keydown', handleKey));
afterEach(() => {
  removeEventListener('keydown', handleKey);
  useAppearance.setState({ shortcuts: true });
});

function Page({ shortcuts }: { shortcuts: Shortcut[] }) {
  useShortcuts(shortcuts);
  return <input aria-label="Text" />;
}

const shortcut = (keys: Shortcut['keys'], run: () => void, more: Partial<Shortcut> = {}): Shortcut => ({
  keys,
  label: `Do ${keys}`,
  group: 'Here',
  run,
  ...more,
});

describe('row 20: one registry of shortcuts', () => {
  it('runs what is registered, while it is registered', async () => {
    const run = vi.fn();
    const { unmount } = render(<Page shortcuts={[shortcut(['j', 'ArrowDown'], run)]} />);
    await user.keyboard('j{ArrowDown}');
    expect(run).toHaveBeenCalledTimes(2);
    unmount();
    await user.keyboard('j');
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('leaves the keys to whoever types, but for combinations that say so', async () => {
    const [letter, palette] = [vi.fn(), vi.fn()];
    render(<Page shortcuts={[shortcut('c', letter), shortcut('mod+k', palette, { whileTyping: true })]} />);
    await user.type(screen.getByLabelText('Text'), 'cc');
    await user.keyboard('{Control>}k{/Control}');
    expect(screen.getByLabelText('Text')).toHaveValue('cc');
    expect(letter).not.toHaveBeenCalled();
    expect(palette).toHaveBeenCalledOnce();
  });

  it('tells c from Ctrl+C, and x from Shift+X', async () => {
    const [plain, shifted] = [vi.fn(), vi.fn()];
    render(<Page shortcuts={[shortcut('x', plain), shortcut('shift+x', shifted)]} />);
    await user.keyboard('{Control>}x{/Control}');
    expect(plain).not.toHaveBeenCalled();
    await user.keyboard('{Shift>}X{/Shift}');
    expect([plain.mock.calls.length, shifted.mock.calls.length]).toEqual([0, 1]);
  });

  it('turns single keys off and leaves combinations on (WCAG 2.1.4)', async () => {
    const [letter, palette] = [vi.fn(), vi.fn()];
    render(<Page shortcuts={[shortcut('c', letter), shortcut('mod+k', palette)]} />);
    useAppearance.setState({ shortcuts: false });
    await user.keyboard('c{Control>}k{/Control}');
    expect([letter.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1]);
  });

  it('says nothing through an open dialog', async () => {
    const letter = vi.fn();
    render(
      <>
        <Page shortcuts={[shortcut('c', letter)]} />
        <div role="dialog" />
      </>,
    );
    await user.keyboard('c');
    expect(letter).not.toHaveBeenCalled();
  });

  it('gives a key to whoever registered it last, and shows it once', async () => {
    const [shell, page] = [vi.fn(), vi.fn()];
    render(<Page shortcuts={[shortcut('c', shell, { group: 'Everywhere' })]} />);
    render(<Page shortcuts={[shortcut('c', page)]} />);
    await user.keyboard('c');
    expect([shell.mock.calls.length, page.mock.calls.length]).toEqual([0, 1]);
    const shown = groupShortcuts(useShortcutRegistry.getState().layers);
    expect(shown.map(([group, shortcuts]) => [group, shortcuts.length])).toEqual([['Here', 1]]);
  });

  it('names keys as they are printed on the keyboard', () => {
    expect([keyNames('mod+k'), keyNames('shift+x'), keyNames('ArrowDown'), keyNames('?')]).toEqual([
      ['Ctrl', 'K'],
      ['Shift', 'X'],
      ['↓'],
      ['?'],
    ]);
  });
});

import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { useAppearance } from './appearance';

/**
 * One registry of what the keyboard does. What a component registers is what is listened to, and what the sheet (`?`)
 * and the palette show.
 */
export interface Shortcut {
  /** `j`, `?`, `Enter`, `mod+k`, `shift+n`; several where they do the same. `mod` is Ctrl, or Cmd on a Mac. */
  keys: string | readonly string[];
  label: string;
  /** Under which heading the sheet shows it: "Everywhere", "Task list". */
  group: string;
  run: (event: KeyboardEvent) => void;
  /** Also while one types into a field. Only for combinations with `mod`. */
  whileTyping?: boolean;
}

interface Registry {
  layers: readonly (readonly Shortcut[])[];
}

export const useShortcutRegistry = create<Registry>()(() => ({ layers: [] }));

export const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/** Registers while the component is there. Of two that want the same key, the one registered last gets it. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const shape = shortcuts.map((shortcut) => [shortcut.keys, shortcut.label].join()).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: registered anew only when what is shown changes; `run` is read through the reference
  useEffect(() => {
    const layer = latest.current.map((shortcut, index) => ({
      ...shortcut,
      run: (event: KeyboardEvent) => latest.current[index]?.run(event),
    }));
    useShortcutRegistry.setState(({ layers }) => ({ layers: [...layers, layer] }));
    return () => useShortcutRegistry.setState(({ layers }) => ({ layers: layers.filter((other) => other !== layer) }));
  }, [shape]);
}

const keysOf = (shortcut: Shortcut) => (typeof shortcut.keys === 'string' ? [shortcut.keys] : shortcut.keys);

function matches(event: KeyboardEvent, combination: string): boolean {
  const parts = combination.split('+');
  const key = parts.at(-1) ?? '';
  const mod = parts.includes('mod');
  if (mod !== (isMac() ? event.metaKey : event.ctrlKey) || event.altKey) return false;
  // What Shift makes of a key (`?`, `*`) is already in `event.key`; with letters and named keys it is asked for.
  if ((key.length > 1 || /^[a-z]$/i.test(key)) && parts.includes('shift') !== event.shiftKey) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** A dialog, menu or list that is open has the keyboard to itself. */
const isOverlaid = () => document.querySelector('[role=dialog],[role=alertdialog],[role=menu],[role=listbox]') !== null;

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const typing = isTyping(event);
  const on = useAppearance.getState().shortcuts;
  const found = useShortcutRegistry
    .getState()
    .layers.toReversed()
    .flat()
    .find((shortcut) => keysOf(shortcut).some((combination) => matches(event, combination)));
  if (!found) return;
  if (typing && !found.whileTyping) return;
  if (!found.whileTyping && isOverlaid()) return;
  // Single keys can be turned off; combinations with Ctrl stay.
  if (!on && !keysOf(found).some((keys) => keys.includes('mod+'))) return;
  event.preventDefault();
  found.run(event);
}

const NAMES: Record<string, string> = {
  mod: 'Ctrl',
  shift: 'Shift',
  enter: 'Enter',
  escape: 'Esc',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
};

/** `mod+k` as `['Ctrl', 'K']`, or `['⌘', 'K']`. */
export function keyNames(combination: string): string[] {
  return combination.split('+').map((part) => {
    if (part === 'mod' && isMac()) return '⌘';
    return NAMES[part.toLowerCase()] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
}

/** What is registered now, by heading, each key once. */
export function groupShortcuts(layers: readonly (readonly Shortcut[])[]): [string, Shortcut[]][] {
  const groups = new Map<string, Shortcut[]>();
  const taken = new Set<string>();
  for (const shortcut of layers.toReversed().flat()) {
    const name = keysOf(shortcut).join(' ');
    if (taken.has(name)) continue;
    taken.add(name);
    groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut]);
  }
  return [...groups].toReversed();
}

import { read, write } from '@/lib/storage';
import { EMPTY, type FormValues } from './values';

/** What one was writing when the page went away. */
export const draft = {
  read: (): FormValues | undefined => read('new-task', parse),
  write: (values: FormValues) => write('new-task', values),
  clear: () => write('new-task', undefined),
};

/** What was chosen before, for the next task: newest first. */
export const recent = {
  read: (kind: 'repositories' | 'models') => read(`recent-${kind}`, strings) ?? [],
  add(kind: 'repositories' | 'models', value: string) {
    if (value.trim())
      write(`recent-${kind}`, [value.trim(), ...recent.read(kind).filter((old) => old !== value.trim())].slice(0, 8));
  },
};

function parse(stored: unknown): FormValues | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const known = Object.entries(stored).filter(([name, value]) => name in EMPTY && typeof value === 'string');
  return { ...EMPTY, ...Object.fromEntries(known) };
}

const strings = (stored: unknown) =>
  Array.isArray(stored) ? stored.filter((value): value is string => typeof value === 'string') : undefined;

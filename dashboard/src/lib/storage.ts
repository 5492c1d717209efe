/** Local storage that may be full, forbidden or hold what an older version wrote: then it is as if it were empty. */
const name = (key: string) => `errand:${key}`;

export function read<T>(key: string, parse: (value: unknown) => T | undefined): T | undefined {
  try {
    const text = localStorage.getItem(name(key));
    return text === null ? undefined : parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function write(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(name(key));
    else localStorage.setItem(name(key), JSON.stringify(value));
  } catch {
    // Nothing that must survive is kept here.
  }
}

import { clean } from '@/lib/clean';

/** Hands a text to the user as a file. */
export function download(name: string, type: string, parts: readonly string[]) {
  const address = URL.createObjectURL(new Blob([...parts], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A title as the name of a file. */
export const fileName = (title: string, id: string, ending: string) => {
  const words = clean(title)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${words || id}.${ending}`;
};

import type { PatchFile } from './patch';

type TreeLine =
  | { readonly kind: 'directory'; readonly name: string; readonly depth: number; readonly path: string }
  | { readonly kind: 'file'; readonly name: string; readonly depth: number; readonly file: PatchFile };

type Node = { directories: Map<string, Node>; files: PatchFile[] };
const node = (): Node => ({ directories: new Map(), files: [] });

/** The files as a tree, line by line; directories with nothing beside them in one line with what is in them. */
export function treeOf(files: readonly PatchFile[]): TreeLine[] {
  const root = node();
  for (const file of files) {
    const parts = file.path.split('/').slice(0, -1);
    let at = root;
    for (const part of parts) {
      const next = at.directories.get(part) ?? node();
      at.directories.set(part, next);
      at = next;
    }
    at.files.push(file);
  }
  return linesOf(root, 0, '');
}

function linesOf({ directories, files }: Node, depth: number, above: string): TreeLine[] {
  const lines: TreeLine[] = [];
  for (const [first, child] of [...directories].sort(([a], [b]) => a.localeCompare(b))) {
    let [name, inner] = [first, child];
    for (let only = onlyChild(inner); only !== undefined; only = onlyChild(inner)) {
      name = `${name}/${only[0]}`;
      inner = only[1];
    }
    lines.push(
      { kind: 'directory', name, depth, path: above + name },
      ...linesOf(inner, depth + 1, `${above}${name}/`),
    );
  }
  const byName = [...files].sort((a, b) => a.path.localeCompare(b.path));
  const named = (file: PatchFile) => file.path.slice(file.path.lastIndexOf('/') + 1);
  return [...lines, ...byName.map((file): TreeLine => ({ kind: 'file', name: named(file), depth, file }))];
}

function onlyChild({ directories, files }: Node): [string, Node] | undefined {
  return files.length === 0 && directories.size === 1 ? [...directories][0] : undefined;
}

// @vitest-environment node
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';

const DIST = new URL('../dist/', import.meta.url);
const KB = 1024;

type Chunk = { name?: string; file: string; imports?: string[]; css?: string[] };

/**
 * Of a route: what is loaded before it is shown, as the browser gets it, and what comes by itself `later`. Whatever comes
 * with a click is not in it.
 */
async function sizes(route: string, later: string[]) {
  const told = await readFile(new URL('.vite/manifest.json', DIST), 'utf8').catch(() => {
    throw new Error('There is no build to measure: npm run build');
  });
  const chunks: Record<string, Chunk> = JSON.parse(told);
  const files = new Set<string>();
  const take = (name: string) => {
    const chunk = chunks[name];
    if (chunk === undefined) throw new Error(`The build has no ${name}`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) take(next);
  };
  const named = (name: string) => Object.keys(chunks).find((key) => chunks[key]?.name === name) ?? name;
  for (const name of ['index.html', `src/routes/${route}.tsx?tsr-split=component`, ...later.map(named)]) take(name);
  const total = async (kind: string) => {
    const some = [...files].filter((file) => file.endsWith(kind));
    const weighed = await Promise.all(some.map((file) => stat(new URL(`${file}.br`, DIST))));
    return weighed.reduce((sum, { size }) => sum + size, 0) / KB;
  };
  return { scripts: await total('.js'), styles: await total('.css') };
}

test.each([
  ['the list', 'tasks/index', [], 150],
  ['a task and the first text in it', 'tasks/$taskId', ['markdown'], 180],
])('%s is within its budget of scripts, and of 10 KB of styles', async (_, route, later, most) => {
  const { scripts, styles } = await sizes(route, later);
  expect(scripts).toBeLessThanOrEqual(most);
  expect(styles).toBeLessThanOrEqual(10);
  // Less than the libraries alone: something was not measured.
  expect(scripts).toBeGreaterThan(90);
  expect(styles).toBeGreaterThan(3);
});

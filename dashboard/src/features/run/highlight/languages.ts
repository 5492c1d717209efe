/** The languages that are coloured, and the names and file endings by which they go. */
export const LANGUAGES = [
  'bash',
  'css',
  'diff',
  'dockerfile',
  'go',
  'html',
  'java',
  'json',
  'markdown',
  'python',
  'rust',
  'sql',
  'toml',
  'tsx',
  'typescript',
  'yaml',
] as const;
export type Language = (typeof LANGUAGES)[number];

const NAMES: Readonly<Record<string, Language>> = {
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  console: 'bash',
  scss: 'css',
  patch: 'diff',
  docker: 'dockerfile',
  golang: 'go',
  htm: 'html',
  svg: 'html',
  xml: 'html',
  vue: 'html',
  jsonc: 'json',
  json5: 'json',
  jsonl: 'json',
  kt: 'java',
  md: 'markdown',
  mdx: 'markdown',
  py: 'python',
  pyi: 'python',
  rs: 'rust',
  js: 'typescript',
  javascript: 'typescript',
  mjs: 'typescript',
  cjs: 'typescript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  jsx: 'tsx',
  yml: 'yaml',
  makefile: 'bash',
};

export function languageOf(name: string): Language | undefined {
  const lower = name.toLowerCase().split(/[\s,{]/)[0] ?? '';
  return LANGUAGES.find((language) => language === lower) ?? (Object.hasOwn(NAMES, lower) ? NAMES[lower] : undefined);
}

/** By the ending of a file's name, or by the name where it has none. */
export function languageOfPath(path: string): Language | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return languageOf(name.slice(name.lastIndexOf('.') + 1));
}

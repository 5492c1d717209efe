import { createHighlighterCore, type LanguageInput } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { Language } from './languages';
import type { Answer, Question, TokenLine } from './types';

const GRAMMARS: Record<Language, LanguageInput> = {
  bash: () => import('shiki/langs/bash.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  dockerfile: () => import('shiki/langs/dockerfile.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
};

const highlighter = createHighlighterCore({
  themes: [import('shiki/themes/github-light-high-contrast.mjs'), import('shiki/themes/github-dark-default.mjs')],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

async function colour({ text, language }: Question): Promise<TokenLine[]> {
  const shiki = await highlighter;
  await shiki.loadLanguage(GRAMMARS[language]);
  const themes = { light: 'github-light-high-contrast', dark: 'github-dark-default' };
  const lines = shiki.codeToTokensWithThemes(text, { lang: language, themes });
  return lines.map((line) =>
    line.map(({ content, variants }) => [content, variants.light?.color ?? '', variants.dark?.color ?? '']),
  );
}

self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const answer = (lines: TokenLine[] | null) => self.postMessage({ id: data.id, lines } satisfies Answer);
  colour(data).then(answer, () => answer(null));
});

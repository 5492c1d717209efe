import { useEffect, useState } from 'react';
import type { Language } from './languages';
import type { Answer, Question, TokenLine } from './types';

/** What is longer stays in one colour. */
const MOST = 60_000;
const KEPT = 200;

const kept = new Map<string, TokenLine[]>();
const waiting = new Map<number, (lines: TokenLine[] | null) => void>();
let worker: Worker | undefined;
let count = 0;

/** Colouring takes longer than a frame: it is done in a worker, and the text stands there uncoloured until then. */
function colour(text: string, language: Language): Promise<TokenLine[] | null> {
  if (typeof Worker === 'undefined') return Promise.resolve(null);
  worker ??= start();
  count += 1;
  const question: Question = { id: count, text, language };
  worker.postMessage(question);
  return new Promise((resolve) => waiting.set(question.id, resolve));
}

function start(): Worker {
  const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  made.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  });
  return made;
}

const nameOf = (text: string, language: Language) => `${language}\n${text}`;

function keep(name: string, lines: TokenLine[]) {
  kept.set(name, lines);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) return;
    kept.delete(oldest);
  }
}

/** The lines of a text in colour, once they are there. */
export function useTokens(text: string, language: Language | undefined): readonly TokenLine[] | undefined {
  const name = language === undefined || text.length > MOST ? undefined : nameOf(text, language);
  const [done, setDone] = useState<{ name: string; lines: TokenLine[] }>();
  useEffect(() => {
    if (name === undefined || language === undefined || kept.has(name)) return;
    let isWanted = true;
    void colour(text, language).then((lines) => {
      if (lines === null) return;
      keep(name, lines);
      if (isWanted) setDone({ name, lines });
    });
    return () => {
      isWanted = false;
    };
  }, [name, text, language]);
  if (name === undefined) return undefined;
  return done?.name === name ? done.lines : kept.get(name);
}

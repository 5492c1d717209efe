import { HOSTILE } from '../../src/features/run/fixtures/hostile';
import { Story } from '../../src/features/run/fixtures/story';
import type { Part } from './parts.ts';

const TEXTS = Object.values(HOSTILE);
const FILES = [
  '<img src=x onerror=alert(1)>.md',
  '"><b onmouseover=alert(1)>',
  'photo\u202egnp.exe',
  'javascript:alert(1)',
] as const;

function story(): Story {
  const s = new Story();
  s.todos(1, TEXTS);
  for (const text of TEXTS) {
    s.say({ type: 'thinking', text }).text(text);
    s.call('Bash', { command: text, description: text }, { content: text, detail: { stdout: text, stderr: text } });
    s.call('Edit', { file_path: text, old_string: text, new_string: text }, { content: text, is_error: true });
    s.call(text.slice(0, 60), { [text]: text }, { content: [{ type: 'text', text }] });
    s.say({ type: 'error', message: text });
  }
  return s;
}

/** An agent that puts what could harm into all that it says and leaves behind. */
export const HARM: Part = {
  story: story(),
  files: Object.fromEntries(FILES.map((name) => [`src/${name}`, `${TEXTS.slice(0, 7).join('\n')}\n`])),
  outcome: {
    outcome: 'failed',
    reason: 'agent_error',
    message: HOSTILE.html,
    session_id: HOSTILE['a breakout'],
    result_text: TEXTS.join('\n\n'),
  },
};

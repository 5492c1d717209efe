// In the place of the wrapper: plays what `<directory>/<first line of the prompt>.json` says, in the wrapper's protocol.
// See runner-image/wrapper/README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const [directory = '.'] = process.argv.slice(2);
let seq = 0;

function say(event) {
  seq += 1;
  process.stdout.write(`${JSON.stringify({ v: 1, seq, at: new Date().toISOString(), ...event })}\n`);
}

/** What was said is on its way before this process ends. */
function end(event, code) {
  say({ type: 'end', turns: 1, results: 1, ...event });
  process.stdout.end(() => process.exit(code));
}

async function play({ prompt, options }) {
  const [line = ''] = prompt.split('\n');
  const { acts, files, outcome, holds } = JSON.parse(readFileSync(join(directory, `${line}.json`), 'utf8'));
  say({ type: 'hello', wrapper: 'actor', sdk_version: '0', python: process.version, pid: process.pid });
  for (const { wait, ...event } of acts) {
    await pause(wait);
    say(event);
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(options.cwd, path)), { recursive: true });
    writeFileSync(join(options.cwd, path), content);
  }
  if (!holds) end(outcome, outcome.outcome === 'completed' ? 0 : 1);
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.cmd === 'start') void play(command);
  if (command.cmd === 'shutdown') end({ outcome: 'canceled' }, 143);
}

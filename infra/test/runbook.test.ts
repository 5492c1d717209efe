import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deployed, ofType } from './fixture.ts';

const runbook = readFileSync(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8');
const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, title]) => title ?? '');
const alarms = ofType(deployed('prod').all, 'AWS::CloudWatch::Alarm').map(
  ([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties.AlarmDescription as string] as const,
);

test('every alarm has its section, and every section its alarm', () => {
  assert.deepEqual(sections.sort(), alarms.map(([name]) => name).sort());
});

test('every alarm says where its section is', () => {
  for (const [name, description] of alarms)
    assert.match(description, new RegExp(`docs/RUNBOOK.md#${name.toLowerCase()}\\)`));
});

test('every section says what it means, where to look and what to do', () => {
  for (const section of runbook.split(/^## /m).slice(1)) {
    for (const part of ['**Means**', '**Look**', '**Do**']) {
      assert.ok(section.includes(part), `${section.split('\n')[0]}: ${part}`);
    }
  }
});

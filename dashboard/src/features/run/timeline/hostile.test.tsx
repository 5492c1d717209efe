import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, waitFor } from '@testing-library/react';
import { act } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { clean } from '@/lib/clean';
import { GOLDEN } from '../fixtures/golden';
import { HOSTILE, UNSEEN } from '../fixtures/hostile';
import { toMarkdown } from '../model/export';
import { applyEvents, emptyRun, type RunState } from '../model/fold';
import { linesOf } from '../model/lines';
import { TOOL_NAMES } from '../model/tools';
import type { RunEvent } from '../model/types';
import { TimelineContext } from './context';
import { Row } from './row';

// Megabytes in every field of every event take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** Puts a string into each text of a value, and into the names of free objects as well. */
function poison(value: unknown, text: string): unknown {
  if (typeof value === 'string') return text;
  if (Array.isArray(value)) return value.map((item) => poison(item, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poison(item, text)]));
}

const KEPT = ['seq', 'at', 'attempt', 'type', 'truncated'];
const poisoned = (event: RunEvent, text: string, seq: number, keep: readonly string[] = []): RunEvent =>
  ({
    ...(poison(event, text) as object),
    ...Object.fromEntries(
      [...KEPT, ...keep].flatMap((name) => (name in event ? [[name, event[name as keyof RunEvent]]] : [])),
    ),
    seq,
  }) as RunEvent;

const actions = { taskId: 'task_1', toggle: () => undefined, copyLink: () => undefined };

async function draw(run: RunState) {
  const queryClient = new QueryClient();
  const lines = linesOf(run, {
    filter: 'all',
    openness: { mode: 'all', byHand: new Map() },
    revealed: new Set(run.entries.map(({ key }) => key)),
  });
  expect(new Set(lines.map(({ key }) => key)).size, 'no row is there twice').toBe(lines.length);
  const page = (
    <QueryClientProvider client={queryClient}>
      <TimelineContext value={actions}>
        {lines.map((line) => (
          <Row key={line.key} line={line} tabIndex={0} />
        ))}
      </TimelineContext>
    </QueryClientProvider>
  );
  // Parts of it come with code that is loaded when it is needed.
  const { container } = await act(async () => render(page));
  await waitFor(() =>
    expect(container.querySelector('[data-slot=skeleton], [data-slot=unformatted]'), 'all of it is drawn').toBeNull(),
  );
  return container;
}

const OURS = new Set(
  'a article b blockquote br button circle code col colgroup dd del div dl dt ellipse em figure g h2 hr input label li line mark ol output p path polyline pre rect section span strong svg table tbody td th thead tr ul'.split(
    ' ',
  ),
);
const NAMES =
  /^(?:class|style|id|type|role|href|target|rel|title|start|colspan|width|height|viewbox|fill|stroke|stroke-width|stroke-linecap|stroke-linejoin|xmlns|d|x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|points|tabindex|disabled|checked|hidden|(?:aria|data)-[a-z-]+)$/;

/** Nothing is there that we did not make. */
function expectOnlyOurs(container: HTMLElement) {
  for (const element of container.querySelectorAll('*')) {
    const name = element.tagName.toLowerCase();
    expect(OURS.has(name), `<${name}>`).toBe(true);
    for (const { name: attribute, value } of element.attributes) {
      expect(attribute.toLowerCase(), `an attribute of <${name}>`).toMatch(NAMES);
      expect(attribute.startsWith('on'), attribute).toBe(false);
      if (attribute === 'href') expect(value).toMatch(/^(?:https?|mailto):/);
      if (attribute === 'style') expect(value).not.toMatch(/url\(|expression|position|@/i);
    }
  }
  expect(container.textContent).not.toMatch(UNSEEN);
}

describe('row 13: what an agent writes never becomes markup', () => {
  describe.each(Object.entries(HOSTILE))('%s', (_, text) => {
    test('in every field of every event', async () => {
      const events = [...GOLDEN.values()].map((event, index) => poisoned(event, text, index + 1));
      expectOnlyOurs(await draw(applyEvents(emptyRun(), events)));
    });

    test('in every tool, called, answered and failed', async () => {
      const use = GOLDEN.get('tool_use') as RunEvent;
      const result = GOLDEN.get('tool_result') as RunEvent;
      const inputs = {
        command: 1,
        description: 1,
        file_path: 1,
        notebook_path: 1,
        content: 1,
        old_string: 1,
        new_string: 1,
        pattern: 1,
        path: 1,
        prompt: 1,
        plan: 1,
        url: 1,
        query: 1,
        subagent_type: 1,
        subject: 1,
      };
      const input = {
        ...Object.fromEntries(Object.keys(inputs).map((name) => [name, text])),
        todos: [{ content: text, status: text }],
        questions: [{ question: text, options: [{ label: text }] }],
      };
      const structuredPatch = [
        {
          oldStart: 1,
          oldLines: 1,
          newStart: 1,
          newLines: 1,
          lines: [`-${text.slice(0, 5_000)}`, `+${text.slice(0, 5_000)}!`],
        },
      ];
      const events = [...TOOL_NAMES, 'mcp__evil__tool', text.slice(0, 100)].flatMap((name, at) => {
        const id = `t${at}`;
        const detail = at % 2 === 0 ? { filePath: text, structuredPatch, stdout: text, stderr: text } : text;
        return [
          { ...use, seq: at * 2 + 1, name, tool_use_id: id, input, parent_tool_use_id: null },
          {
            ...result,
            seq: at * 2 + 2,
            tool_use_id: id,
            is_error: at % 3 === 0,
            content: [{ type: 'text', text }],
            detail,
            parent_tool_use_id: null,
          },
        ] as RunEvent[];
      });
      expectOnlyOurs(await draw(applyEvents(emptyRun(), events)));
    });

    test('in the transcript it cannot close the fence around it', () => {
      const events = [...GOLDEN.values()].map((event, index) => poisoned(event, `\`\`\`\n${text}`, index + 1));
      const transcript = toMarkdown(applyEvents(emptyRun(), events), {
        title: text,
        id: 'task_1',
        prompt: `\`\`\`\n${text}`,
      });
      const prompt = clean(`\`\`\`\n${text}`);
      const fence = /## Prompt\n\n(`+)\n/.exec(transcript)?.[1] ?? '';
      expect(transcript).toContain(`${fence}\n${prompt}\n${fence}\n`);
      expect(prompt).not.toContain(fence);
    });
  });

  test('links that lead somewhere harmless stay links', async () => {
    const text = 'See [docs](https://example.org/a?b=1) and mail [us](mailto:a@example.org).';
    const container = await draw(applyEvents(emptyRun(), [poisoned(GOLDEN.get('text') as RunEvent, text, 1)]));
    const links = [...container.querySelectorAll('a')];
    expect(links.map((link) => link.getAttribute('href'))).toEqual([
      'https://example.org/a?b=1',
      'mailto:a@example.org',
    ]);
    expect(links.every((link) => link.rel.includes('noreferrer'))).toBe(true);
  });

  test('no text is lost: what is not markup is shown as it is written', async () => {
    const container = await draw(
      applyEvents(emptyRun(), [poisoned(GOLDEN.get('text') as RunEvent, HOSTILE.html, 1, ['error'])]),
    );
    expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
  });

  test('a direction override is named, so that nothing reads as it is not', async () => {
    const container = await draw(applyEvents(emptyRun(), [poisoned(GOLDEN.get('text') as RunEvent, 'a\u202eb', 1)]));
    expect(container.textContent).toContain('a[U+202E]b');
  });
});

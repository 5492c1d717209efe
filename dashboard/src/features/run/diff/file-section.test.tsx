import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { FileSection } from './file-section';
import { type PatchFile, readPatch } from './patch';

function aFile(lines: number): PatchFile {
  const added = Array.from({ length: lines }, (_, line) => `+line ${line + 1}\n`).join('');
  const head = 'diff --git a/notes.txt b/notes.txt\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/notes.txt\n';
  const [file] = readPatch(`${head}@@ -0,0 +1,${lines} @@\n${added}`);
  if (file === undefined) throw new Error('no file');
  return file;
}

test('row 11: a change of at most 300 lines is shown', () => {
  render(<FileSection file={aFile(300)} layout="unified" />);
  expect(screen.getByRole('button', { expanded: true })).toHaveTextContent('notes.txt');
  expect(screen.getByText('line 1')).toBeVisible();
});

test('row 11: a larger one is folded until somebody opens it', async () => {
  render(<FileSection file={aFile(301)} layout="unified" />);
  expect(screen.queryByText('line 1')).toBeNull();
  await userEvent.click(screen.getByRole('button', { expanded: false }));
  expect(screen.getByText('line 1')).toBeVisible();
});

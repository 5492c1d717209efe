import { useQueryClient } from '@tanstack/react-query';
import { FileDiff, FileJson, FileText } from 'lucide-react';
import type { Task } from '@/api/types';
import { MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { patchQuery, runQuery } from '../api';
import { toJsonLines, toMarkdown } from '../model/export';
import type { RunHandle } from '../use-run';
import { download, fileName } from './download';

/** What happened, as files. All of it: what is not loaded is read first. */
export function ExportItems({ task, handle }: { task: Task; handle: RunHandle }) {
  const queryClient = useQueryClient();
  const whole = async () => {
    await handle.reach(1);
    const run = queryClient.getQueryData(runQuery(task.id).queryKey);
    if (run === undefined || run.firstSeq > 1) throw new Error('Not all of the log could be read.');
    return run;
  };
  const save = (what: string, make: () => Promise<void>) => () =>
    void make().catch((error: unknown) => toast.error(`${what} was not saved`, error));
  const transcript = save('The transcript', async () => {
    const text = toMarkdown(await whole(), { title: task.title, id: task.id, prompt: task.spec?.prompt });
    download(fileName(task.title, task.id, 'md'), 'text/markdown', [text]);
  });
  const events = save('The log', async () => {
    download(fileName(task.title, task.id, 'jsonl'), 'application/jsonl', [toJsonLines((await whole()).events)]);
  });
  const patch = save('The patch', async () => {
    const text = await queryClient.fetchQuery(patchQuery(task.id, task.head));
    if (text === null) throw new Error('No run left a patch.');
    download(fileName(task.title, task.id, 'patch'), 'text/x-diff', [text]);
  });
  return (
    <>
      <MenuItem onSelect={transcript}>
        <FileText aria-hidden />
        Transcript (Markdown)
      </MenuItem>
      <MenuItem onSelect={events}>
        <FileJson aria-hidden />
        Events (JSON lines)
      </MenuItem>
      <MenuItem onSelect={patch}>
        <FileDiff aria-hidden />
        Patch
      </MenuItem>
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Columns2, Download, FileDiff, Rows2 } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { Task } from '@/api/types';
import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { isTerminal } from '@/ui/state-chip';
import { patchQuery } from '../api';
import { Counts } from '../diff/counts';
import { FileSection } from '../diff/file-section';
import { FileTree } from '../diff/file-tree';
import type { Layout } from '../diff/hunks';
import { fromEdits, type PatchFile, readPatch } from '../diff/patch';
import { download, fileName } from '../header/download';
import { editsSoFar } from '../model/files';
import type { RunState } from '../model/fold';

type ChangesProps = { task: Task; run: RunState };

/** What the agent changed: the patch of the run, or what its tools reported while there is none. */
export default function Changes({ task, run }: ChangesProps) {
  const isOver = isTerminal(task.state);
  const query = useQuery({ ...patchQuery(task.id, task.head), enabled: isOver });
  const patch = query.data ?? null;
  const files = useMemo(() => (patch === null ? fromEdits(editsSoFar(run)) : readPatch(patch)), [patch, run]);
  if (isOver && query.isPending) return <Skeleton className="m-6 h-64" />;
  if (query.isError) return <ErrorState error={query.error} what="The patch" onRetry={() => void query.refetch()} />;
  if (files.length === 0) {
    return (
      <EmptyState icon={FileDiff} title={isOver ? 'No changes' : 'No changes so far'}>
        {isOver ? 'The agent left the files as they were.' : 'Files that the agent changes are shown here.'}
      </EmptyState>
    );
  }
  return <Files task={task} files={files} patch={patch} />;
}

function Files({ task, files, patch }: { task: Task; files: readonly PatchFile[]; patch: string | null }) {
  const [layout, setLayout] = useState<Layout>('unified');
  const body = useRef<HTMLDivElement>(null);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  const show = (path: string) => {
    const at = files.findIndex((file) => file.path === path);
    body.current?.children[at]?.scrollIntoView({ block: 'start' });
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-1.5 text-sm md:px-8">
        <span>{plural(files.length, 'file')}</span>
        <Counts added={added} removed={removed} />
        {patch === null && <span className="text-muted-foreground text-xs">as the agent’s tools reported them</span>}
        <div className="ml-auto flex items-center gap-1">
          <Segmented label="Layout" value={layout} options={LAYOUTS} onChange={setLayout} className="max-sm:hidden" />
          {patch !== null && (
            <>
              <CopyButton text={patch} label="Copy the patch" />
              <Button
                variant="ghost"
                size="sm"
                onClick={() => download(fileName(task.title, task.id, 'patch'), 'text/x-diff', [patch])}
              >
                <Download aria-hidden />
                <span className="max-sm:sr-only">Download</span>
              </Button>
            </>
          )}
        </div>
      </div>
      <div className="flex min-h-0 flex-1">
        <FileTree files={files} onFile={show} />
        <div ref={body} className="min-w-0 flex-1 space-y-3 overflow-y-auto p-3 md:p-4">
          {files.map((file) => (
            <FileSection key={`${file.from ?? ''}→${file.path}`} file={file} layout={layout} />
          ))}
        </div>
      </div>
    </div>
  );
}

const option = (value: Layout, name: string, Icon: typeof Rows2) => ({
  value,
  label: (
    <>
      <Icon aria-hidden />
      <span className="sr-only">{name}</span>
    </>
  ),
});
const LAYOUTS = [option('unified', 'One column', Rows2), option('split', 'Two columns', Columns2)];

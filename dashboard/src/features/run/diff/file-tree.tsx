import { Folder } from 'lucide-react';
import { useMemo } from 'react';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { Counts } from './counts';
import { KINDS } from './file-section';
import type { PatchFile } from './patch';
import { treeOf } from './tree';

/** The files of a change. On a narrow window the change itself has all the room. */
export function FileTree({ files, onFile }: { files: readonly PatchFile[]; onFile: (path: string) => void }) {
  const lines = useMemo(() => treeOf(files), [files]);
  if (files.length < 2) return null;
  return (
    <nav aria-label="Changed files" className="hidden w-64 shrink-0 overflow-y-auto border-r py-3 pr-2 pl-4 md:block">
      <ul>
        {lines.map((line) => (
          <li
            key={line.kind === 'file' ? line.file.path : `${line.path}/`}
            style={{ paddingLeft: `${line.depth * 0.75}rem` }}
          >
            {line.kind === 'directory' ? (
              <p className="flex min-h-7 items-center gap-2 px-1.5 text-muted-foreground text-xs">
                <Folder aria-hidden className="size-3.5 shrink-0" />
                <span className="min-w-0 truncate">{clean(line.name)}</span>
              </p>
            ) : (
              <button
                type="button"
                title={clean(line.file.path)}
                onClick={() => onFile(line.file.path)}
                className="flex min-h-7 w-full items-center gap-2 rounded-md px-1.5 text-left text-xs hover:bg-muted"
              >
                <span className={cn('w-3.5 shrink-0 text-center font-mono', KINDS[line.file.kind].look)}>
                  <span aria-hidden>{KINDS[line.file.kind].letter}</span>
                  <span className="sr-only">{KINDS[line.file.kind].word || 'changed'}</span>
                </span>
                <span className="min-w-0 flex-1 truncate">{clean(line.name)}</span>
                <Counts added={line.file.added} removed={line.file.removed} />
              </button>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

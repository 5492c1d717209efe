import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { clean } from '@/lib/clean';
import { cn } from '@/lib/cn';
import { CopyButton } from '@/ui/copy-button';
import { splitPath } from '../model/text';
import { Counts } from './counts';
import { Hunks, type Layout } from './hunks';
import type { ChangeKind, PatchFile } from './patch';

/** A larger change is folded until somebody wants to read it. */
const FOLDED_ABOVE = 300;

export const KINDS: Record<ChangeKind, { word: string; letter: string; look: string }> = {
  added: { word: 'new', letter: 'A', look: 'text-success' },
  deleted: { word: 'deleted', letter: 'D', look: 'text-danger' },
  renamed: { word: 'renamed', letter: 'R', look: 'text-warning' },
  modified: { word: '', letter: 'M', look: 'text-muted-foreground' },
};

export function FileSection({ file, layout }: { file: PatchFile; layout: Layout }) {
  const isLarge = file.added + file.removed > FOLDED_ABOVE;
  const [isOpen, setOpen] = useState(!isLarge);
  const { directory, name } = splitPath(file.path);
  const { word, look } = KINDS[file.kind];
  // Of a new file, or one that is gone, there is nothing to stand beside it.
  const isWhole = file.kind === 'added' || file.kind === 'deleted';
  return (
    <section aria-label={clean(file.path)} className="run-file overflow-clip rounded-lg border bg-card">
      <header className="sticky top-0 z-10 flex items-center gap-1 bg-card pr-1">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="flex min-h-9 min-w-0 flex-1 items-center gap-2 px-2 text-left"
        >
          <ChevronRight
            aria-hidden
            className={cn('size-4 shrink-0 text-muted-foreground transition-transform', isOpen && 'rotate-90')}
          />
          <span className="min-w-0 truncate font-mono text-xs">
            {file.from && <span className="text-muted-foreground">{clean(file.from)} → </span>}
            <span className="text-muted-foreground">{clean(directory)}</span>
            {clean(name)}
          </span>
          {word && <span className={cn('shrink-0 text-xs', look)}>{word}</span>}
          <Counts added={file.added} removed={file.removed} className="ml-auto" />
        </button>
        {file.text !== '' && <CopyButton text={file.text} label="Copy this file’s patch" />}
      </header>
      {isOpen && (
        <>
          {file.remark && <p className="border-t px-3 py-2 text-muted-foreground text-sm">{file.remark}</p>}
          {file.hunks.length > 0 && <Hunks path={file.path} hunks={file.hunks} layout={isWhole ? 'unified' : layout} />}
        </>
      )}
      {!isOpen && isLarge && (
        <p className="border-t px-3 py-2 text-muted-foreground text-sm">
          A large change is folded. Open it to read it.
        </p>
      )}
    </section>
  );
}

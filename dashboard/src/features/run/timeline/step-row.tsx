import { ListTree } from 'lucide-react';
import { duration, plural } from '@/lib/format';
import type { StepLine } from '../model/lines';
import { summaryOf } from '../model/tools';
import { useTimeline } from './context';
import { RowButton } from './row-button';

/** What a step consisted of, the most frequent first: "Read, Edit, Bash". */
function kinds({ tools }: StepLine): string {
  const counts = new Map<string, number>();
  for (const tool of tools) {
    const { label } = summaryOf(tool);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const names = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => (count > 1 ? `${name} ×${count}` : name));
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
}

/** Calls that followed each other, as one line. */
export function StepRow({ line, tabIndex }: { line: StepLine; tabIndex: number }) {
  const { toggle } = useTimeline();
  return (
    <RowButton isOpen={line.isOpen} tabIndex={tabIndex} onClick={() => toggle(line.key, !line.isOpen)}>
      <ListTree aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <span className="shrink-0 text-muted-foreground">
        {plural(line.tools.length, 'tool')}
        {line.failed > 0 && <span className="text-danger"> · {line.failed} failed</span>}
        {line.ms >= 1_000 && ` · ${duration(line.ms)}`}
      </span>
      <span className="min-w-0 truncate text-muted-foreground text-xs">{kinds(line)}</span>
    </RowButton>
  );
}

import { cn } from '@/lib/cn';
import { number } from '@/lib/format';

/** `+12 −3`, in words for who cannot see it. */
export function Counts({ added, removed, className }: { added: number; removed: number; className?: string }) {
  if (added === 0 && removed === 0) return null;
  return (
    <span className={cn('whitespace-nowrap text-xs tabular-nums', className)}>
      <span className="sr-only">
        {added} added, {removed} removed
      </span>
      <span aria-hidden>
        {added > 0 && <span className="text-success">+{number(added)}</span>}
        {removed > 0 && <span className="ml-1.5 text-danger">−{number(removed)}</span>}
      </span>
    </span>
  );
}

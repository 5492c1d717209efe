import { plural } from '@/lib/format';
import { skippedWord } from './words';

/** How many are left alone, and why. */
export function Skipped({ skipped, className }: { skipped: Record<string, number>; className?: string }) {
  const kinds = Object.entries(skipped);
  if (kinds.length === 0) return null;
  return (
    <ul className={className ?? 'mt-2 text-muted-foreground'}>
      {kinds.map(([code, count]) => (
        <li key={code}>
          {plural(count, 'task')} left alone: {skippedWord(code)}
        </li>
      ))}
    </ul>
  );
}

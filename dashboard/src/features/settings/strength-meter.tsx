import { cn } from '@/lib/cn';
import type { Strength } from './strength';

const COLORS = ['bg-danger', 'bg-danger', 'bg-warning', 'bg-success', 'bg-success'] as const;

/** Four bars and a word; the hint says what would help. */
export function StrengthMeter({ strength }: { strength: Strength | undefined }) {
  return (
    <div className="mt-0.5" aria-live="polite">
      <div aria-hidden className="flex gap-1">
        {[1, 2, 3, 4].map((bar) => (
          <span
            key={bar}
            className={cn(
              'h-1 flex-1 rounded-full',
              strength && strength.score >= bar ? COLORS[strength.score] : 'bg-muted',
            )}
          />
        ))}
      </div>
      <p className="mt-1 text-muted-foreground text-xs">
        {strength ? (
          <>
            <span className="font-medium text-foreground">{strength.word}.</span> {strength.hint}
          </>
        ) : (
          'Length counts more than odd characters.'
        )}
      </p>
    </div>
  );
}

import { ArrowUp } from 'lucide-react';
import { number } from '@/lib/format';

interface NewPillProps {
  arrived: number;
  /** Rows that are shown and do not belong to the view any more. */
  left: number;
  onShow: () => void;
}

/** What changed since the list was read. Nothing moves until one asks for it. */
export function NewPill({ arrived, left, onShow }: NewPillProps) {
  const parts = [arrived > 0 && `${number(arrived)} new`, left > 0 && `${number(left)} done`].filter(Boolean);
  return (
    <div aria-live="polite" className="pointer-events-none sticky top-2 z-20 flex h-0 justify-center">
      {parts.length > 0 && (
        <button
          type="button"
          onClick={onShow}
          className="pointer-events-auto mt-1 inline-flex h-8 animate-pop items-center gap-1.5 rounded-full bg-primary px-3.5 font-medium text-primary-foreground text-sm shadow-float"
        >
          <ArrowUp aria-hidden className="size-4" />
          {parts.join(' · ')}
        </button>
      )}
    </div>
  );
}

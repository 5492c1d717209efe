import { ArrowDown } from 'lucide-react';
import { number } from '@/lib/format';
import { Button } from '@/ui/button';

/** Back to the end, and how much came there meanwhile. */
export function JumpToLatest({ news, onClick }: { news: number; onClick: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <Button
        variant="outline"
        size="sm"
        className="pointer-events-auto animate-pop rounded-full shadow-float"
        onClick={onClick}
      >
        <ArrowDown aria-hidden />
        Jump to latest
        {news > 0 && <span className="text-primary tabular-nums">· {number(news)} new</span>}
      </Button>
    </div>
  );
}

import { type ReactNode, useState } from 'react';
import { cn } from '@/lib/cn';
import { bytes } from '@/lib/format';

/** A browser lays out so much text at once without a pause that is felt. */
const SHOWN = 30_000;

const quiet =
  'mt-1 inline-flex min-h-6 items-center rounded px-1.5 font-medium text-muted-foreground text-xs hover:bg-muted hover:text-foreground';

export function QuietButton({ className, ...props }: React.ComponentProps<'button'>) {
  return <button type="button" className={cn(quiet, className)} {...props} />;
}

/** The beginning of a long text; the rest when it is asked for. */
export function Capped({ text, children }: { text: string; children: (shown: string) => ReactNode }) {
  const [all, setAll] = useState(false);
  if (all || text.length <= SHOWN) return children(text);
  return (
    <>
      {children(text.slice(0, SHOWN))}
      <QuietButton onClick={() => setAll(true)}>Show all ({bytes(text.length)})</QuietButton>
    </>
  );
}

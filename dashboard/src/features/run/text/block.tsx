import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Ansi } from './ansi';
import { Capped } from './capped';

/** A framed text that scrolls by itself. It can be reached by keyboard, because it may have to be scrolled. */
export function Frame({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <figure tabIndex={0} aria-label={label} className={cn('run-frame', className)}>
      {children}
    </figure>
  );
}

/** What a program put out. */
export function Output({ text, label = 'Output', failed }: { text: string; label?: string; failed?: boolean }) {
  if (text.trim() === '') return <p className="text-muted-foreground text-xs">No output</p>;
  return (
    <Frame label={label} className={cn('run-terminal', failed && 'border-danger/40')}>
      <Capped text={text}>
        {(shown) => (
          <pre>
            <Ansi text={shown} />
          </pre>
        )}
      </Capped>
    </Frame>
  );
}

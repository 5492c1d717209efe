import { Slot } from 'radix-ui';
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

type Side = 'top' | 'right' | 'bottom' | 'left';

interface TooltipProps {
  label: ReactNode;
  side?: Side;
  children: ReactNode;
}

const SHOW_AFTER_MS = 300;
/** Long enough for the pointer to cross over to the words (WCAG 1.4.13). */
const HIDE_AFTER_MS = 120;
const GAP = 6;

/**
 * A word about an icon. It is never the only place where something is said: the trigger has its own label.
 *
 * Our own, because a list has hundreds of them: until one is shown it is no more than five handlers.
 */
export function Tooltip({ label, side = 'top', children }: TooltipProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<Element>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = (next: Element | undefined) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAnchor(next), next ? SHOW_AFTER_MS : HIDE_AFTER_MS);
  };
  const hide = () => {
    clearTimeout(timer.current);
    setAnchor(undefined);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <Slot.Root
        aria-describedby={anchor ? id : undefined}
        onPointerEnter={(event) => event.pointerType !== 'touch' && soon(event.currentTarget)}
        onPointerLeave={() => soon(undefined)}
        onPointerDown={hide}
        onFocus={({ currentTarget }) => currentTarget.matches(':focus-visible') && setAnchor(currentTarget)}
        onBlur={hide}
      >
        {children}
      </Slot.Root>
      {anchor && (
        <Bubble id={id} anchor={anchor} side={side} onHide={hide} onEnter={() => clearTimeout(timer.current)}>
          {label}
        </Bubble>
      )}
    </>
  );
}

/** Tooltips need nothing around them; what still wraps itself in this may stop. */
export const TooltipProvider = ({ children }: { children: ReactNode }) => children;

interface BubbleProps {
  id: string;
  anchor: Element;
  side: Side;
  onHide: () => void;
  onEnter: () => void;
  children: ReactNode;
}

function Bubble({ id, anchor, side, onHide, onEnter, children }: BubbleProps) {
  const bubble = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (bubble.current) place(bubble.current, anchor, side);
  }, [anchor, side]);
  useEffect(() => {
    const onEscape = (event: KeyboardEvent) => event.key === 'Escape' && onHide();
    document.addEventListener('keydown', onEscape, true);
    document.addEventListener('scroll', onHide, true);
    return () => {
      document.removeEventListener('keydown', onEscape, true);
      document.removeEventListener('scroll', onHide, true);
    };
  }, [onHide]);
  return createPortal(
    <div
      ref={bubble}
      id={id}
      role="tooltip"
      className="fixed z-[60] w-max max-w-72 animate-fade rounded-md bg-foreground px-2 py-1 text-background text-xs"
      onPointerEnter={onEnter}
      onPointerLeave={onHide}
    >
      {children}
    </div>,
    document.body,
  );
}

/** At its side of the anchor, on the other one where that has no room, and never beyond the window. */
function place(bubble: HTMLElement, anchor: Element, side: Side): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const centerX = at.left + (at.width - width) / 2;
  const centerY = at.top + (at.height - height) / 2;
  const above = at.top - height - GAP;
  const below = at.bottom + GAP;
  const [left, top] = {
    top: [centerX, above < GAP ? below : above],
    bottom: [centerX, below + height > innerHeight ? above : below],
    left: [at.left - width - GAP, centerY],
    right: [at.right + GAP, centerY],
  }[side] as [number, number];
  bubble.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  bubble.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
}

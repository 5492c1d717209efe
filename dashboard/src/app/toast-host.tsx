import { CircleAlert, CircleCheck, Info, type LucideIcon, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '@/ui/button';
import { dismiss, type Toast, type ToastTone, useToasts } from '@/ui/toast';

type Look = { icon: LucideIcon; colour: string; staysMs: number };

/** What failed is read twice. */
const LOOKS: Record<ToastTone, Look> = {
  success: { icon: CircleCheck, colour: 'text-success', staysMs: 5_000 },
  info: { icon: Info, colour: 'text-muted-foreground', staysMs: 5_000 },
  error: { icon: CircleAlert, colour: 'text-danger', staysMs: 10_000 },
};

/**
 * Where toasts appear. It is there before the first of them, so that assistive technology says each, and it lies above
 * dialogs, whose last word a toast often is.
 */
export function ToastHost() {
  const toasts = useToasts();
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-[60] w-[min(22rem,calc(100vw-2rem))] max-md:bottom-20"
      // For a dialog a press here is none outside of it.
      onPointerDown={(event) => event.stopPropagation()}
    >
      <ul className="grid gap-2">
        {toasts.map((toast) => (
          <Message key={toast.id} toast={toast} />
        ))}
      </ul>
    </section>
  );
}

/** It does not go away while somebody points at it, or is in it with the keyboard. */
function Message({ toast: { id, tone, title, description } }: { toast: Toast }) {
  const { icon: Icon, colour, staysMs } = LOOKS[tone];
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => dismiss(id), staysMs);
    return () => clearTimeout(timer);
  }, [id, isHeld, staysMs]);
  return (
    <li
      className="pointer-events-auto flex animate-pop items-start gap-2.5 rounded-lg border bg-card p-3 text-sm shadow-float"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${colour}`} />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        {description && <p className="text-muted-foreground">{description}</p>}
      </div>
      <Button variant="ghost" size="icon-sm" className="-my-1 -mr-1" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <X aria-hidden />
      </Button>
    </li>
  );
}

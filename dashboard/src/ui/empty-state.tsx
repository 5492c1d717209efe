import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface EmptyStateProps {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** Nothing to show, why that is so, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, actions, className }: EmptyStateProps) {
  return (
    <div
      data-slot="empty-state"
      className={cn('mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center', className)}
    >
      <div className="mb-4 grid size-11 place-items-center rounded-full border bg-card text-muted-foreground">
        <Icon aria-hidden className="size-5" />
      </div>
      <h2 className="font-semibold text-lg">{title}</h2>
      {children && <div className="mt-1 text-muted-foreground">{children}</div>}
      {actions && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

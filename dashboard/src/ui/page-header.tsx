import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { useDocumentTitle } from '@/lib/document-title';

interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Tabs: a second row, from edge to edge. */
  children?: ReactNode;
}

/** The head of a page: its one `h1`, which also becomes the window's title. */
export function PageHeader({ title, description, actions, children }: PageHeaderProps) {
  useDocumentTitle(title);
  return (
    <header data-slot="page-header" className="px-4 pt-5 md:px-8 md:pt-7">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        {/* A title alone has its actions beside it on a phone as well. */}
        <div className={cn('min-w-0', description ? 'flex-[1_1_14rem]' : 'flex-[1_1_4rem]')}>
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {description && <p className="mt-0.5 text-muted-foreground">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children && <div className="-mx-4 mt-4 md:-mx-8">{children}</div>}
    </header>
  );
}

/** What follows the head: the same margins, and a width that can be read. */
export function PageBody({ children }: { children: ReactNode }) {
  return <div className="px-4 pt-5 pb-10 md:px-8">{children}</div>;
}

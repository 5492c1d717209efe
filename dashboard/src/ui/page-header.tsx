import type { ReactNode } from 'react';
import { useDocumentTitle } from '@/lib/document-title';

interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Tabs, filters: a second row. */
  children?: ReactNode;
}

/** The head of a page: its one `h1`, which also becomes the window's title. */
export function PageHeader({ title, description, actions, children }: PageHeaderProps) {
  useDocumentTitle(title);
  return (
    <header data-slot="page-header" className="px-4 pt-5 md:px-8 md:pt-7">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-[1_1_14rem]">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {description && <p className="mt-0.5 text-muted-foreground">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children && <div className="mt-4">{children}</div>}
    </header>
  );
}

/** What follows the head: the same margins, and a width that can be read. */
export function PageBody({ children }: { children: ReactNode }) {
  return <div className="px-4 pt-5 pb-10 md:px-8">{children}</div>;
}

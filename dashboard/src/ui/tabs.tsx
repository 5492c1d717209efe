import { Tabs as T } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** Tabs within a page. Every trigger needs its `TabsContent`; tabs that change the address are links (`NavTabs`). */
export const Tabs = T.Root;
export const TabsContent = T.Content;

const tab =
  '-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent px-0.5 font-medium text-muted-foreground text-sm hover:text-foreground';

export const tabClasses = cn(tab, 'data-[state=active]:border-primary data-[state=active]:text-foreground');
export const navTabClasses = cn(tab, 'aria-[current=page]:border-primary aria-[current=page]:text-foreground');
export const tabListClasses = 'flex gap-5 overflow-x-auto border-b [scrollbar-width:none]';

export function TabsList({ className, ...props }: ComponentProps<typeof T.List>) {
  return <T.List data-slot="tabs" className={cn(tabListClasses, className)} {...props} />;
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof T.Trigger>) {
  return <T.Trigger className={cn(tabClasses, className)} {...props} />;
}

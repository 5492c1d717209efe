import { Tabs as T } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';
import { tabClasses, tabListClasses } from './tab-classes';

/** Tabs within a page. Every trigger needs its `TabsContent`; tabs that change the address are links (`NavTabs`). */
export const Tabs = T.Root;
export const TabsContent = T.Content;

export { navTabClasses, tabListClasses } from './tab-classes';

export function TabsList({ className, ...props }: ComponentProps<typeof T.List>) {
  return <T.List data-slot="tabs" className={cn(tabListClasses, className)} {...props} />;
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof T.Trigger>) {
  return <T.Trigger className={cn(tabClasses, className)} {...props} />;
}

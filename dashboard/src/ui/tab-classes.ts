import { cn } from '@/lib/cn';

// Apart from the tabs, so that links which look like tabs bring nothing else along.
const tab =
  '-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent px-0.5 font-medium text-muted-foreground text-sm hover:text-foreground';

export const tabClasses = cn(tab, 'data-[state=active]:border-primary data-[state=active]:text-foreground');
export const navTabClasses = cn(tab, 'aria-[current=page]:border-primary aria-[current=page]:text-foreground');
export const tabListClasses = 'flex gap-5 overflow-x-auto border-b px-4 [scrollbar-width:none] md:px-8';

import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';

type ToolbarProps = {
  isSearching: boolean;
  onSearch: () => void;
  /** What is shown, and the search. On a phone there is room for one of them. */
  children: [ReactNode, ReactNode];
};

export function Toolbar({ isSearching, onSearch, children: [chips, search] }: ToolbarProps) {
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-b px-4 md:px-8">
      <div className={cn('min-w-0 overflow-x-auto [scrollbar-width:none]', isSearching && 'max-sm:hidden')}>
        {chips}
      </div>
      <div className={cn('ml-auto flex min-w-0 flex-1 justify-end', !isSearching && 'max-sm:hidden')}>{search}</div>
      {!isSearching && (
        <Button
          variant="ghost"
          size="icon"
          className="ml-auto sm:hidden"
          aria-label="Search in the activity"
          onClick={onSearch}
        >
          <Search aria-hidden />
        </Button>
      )}
    </div>
  );
}

import { ListFilter } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Button } from '@/ui/button';
import { countFilters, type TaskSearch } from '../search';

/** Opens the filters and says how many are set. */
export function FilterButton({ search, ...props }: ComponentProps<'button'> & { search: TaskSearch }) {
  // The text has its own field.
  const count = countFilters(search) - (search.q === undefined ? 0 : 1);
  return (
    <Button variant="outline" {...props}>
      <ListFilter aria-hidden />
      Filter
      {count > 0 && <span className="text-primary tabular-nums">{count}</span>}
    </Button>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { compactNumber } from '@/lib/format';
import { navTabClasses, tabListClasses } from '@/ui/tab-classes';
import { countsQuery } from '../api';
import { type TaskSearch, VIEWS, type View } from '../search';

const LABELS: Record<View, string> = { active: 'Active', needs_review: 'Needs review', all: 'All' };

/** The three lists and how much is in each. Filters stay while one goes from one to the other. */
export function ViewTabs({ search }: { search: TaskSearch }) {
  const { data: counts } = useQuery(countsQuery(search.scope));
  const { view: _, ...rest } = search;
  return (
    <nav aria-label="Which tasks" className={tabListClasses}>
      {VIEWS.map((view) => (
        <Link
          key={view}
          to="/tasks"
          search={view === 'active' ? rest : { ...rest, view }}
          // Filters and tab together are the address, so only the whole of it is where one is.
          activeOptions={{ exact: true, includeSearch: true }}
          className={navTabClasses}
        >
          {LABELS[view]}
          {counts && (
            <span className="rounded-full bg-muted px-1.5 font-normal text-muted-foreground text-xs leading-5 tabular-nums">
              {compactNumber(counts[view].count)}
              {counts[view].more && '+'}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

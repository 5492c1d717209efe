import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import type { AuditEntry } from '@/api/types';
import { number, plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { Time } from '@/ui/time';
import { auditQuery } from './api';
import { AuditFilters } from './audit-filters';
import { AuditRow } from './audit-row';
import { type AuditSearch, matches } from './audit-search';
import { More } from './more';
import { useLookBack } from './use-look-back';

interface AuditProps {
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** Who did what, newest first. */
export function Audit({ search, onSearch }: AuditProps) {
  const audit = useInfiniteQuery(auditQuery);
  const all = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const rows = all.filter((entry) => matches(entry, search));
  const filtered = Object.keys(search).length > 0;
  const look = useLookBack({
    query: audit,
    what: filtered ? JSON.stringify(search) : undefined,
    pages: audit.data?.pages.length ?? 0,
    matches: rows.length,
  });
  return (
    <Card className="overflow-hidden">
      <CardHeader title="Audit" description="Who signed in, and who changed what. Kept for 400 days." />
      <div className="px-5 pt-3 pb-4">
        <AuditFilters search={search} onSearch={onSearch} />
      </div>
      <div className="border-t">
        {audit.isPending ? (
          <RowsSkeleton label="Loading the audit list" rows={8} />
        ) : audit.isError && all.length === 0 ? (
          <ErrorState error={audit.error} what="The audit list" onRetry={() => void audit.refetch()} />
        ) : (
          <>
            {rows.length > 0 && (
              <ol className="divide-y">
                {rows.map((entry) => (
                  <AuditRow key={`${entry.at}${entry.request_id}${entry.action}`} entry={entry} />
                ))}
              </ol>
            )}
            {rows.length === 0 && !audit.hasNextPage && (
              <EmptyState
                icon={ScrollText}
                title={filtered ? 'No entry is like that' : 'Nothing has happened yet'}
                actions={
                  filtered && (
                    <Button variant="outline" onClick={() => onSearch({})}>
                      Show all entries
                    </Button>
                  )
                }
              >
                {filtered
                  ? `None of the ${number(all.length)} entries matches the filters.`
                  : 'Sign-ins, keys, invitations, limits and what operators do to the queue appear here.'}
              </EmptyState>
            )}
            {filtered && audit.hasNextPage && !audit.isError && (
              <LookedAt found={rows.length} entries={all} isLooking={look.isLooking} onFurther={look.further} />
            )}
          </>
        )}
        {(!filtered || audit.isError) && <More query={audit} />}
      </div>
    </Card>
  );
}

interface LookedAtProps {
  found: number;
  entries: readonly AuditEntry[];
  isLooking: boolean;
  onFurther: () => void;
}

/** How far back the filters have looked: what they do not show may be older. */
function LookedAt({ found, entries, isLooking, onFurther }: LookedAtProps) {
  const last = entries.at(-1);
  return (
    <div className="flex flex-col items-center gap-3 border-t px-5 py-4 text-muted-foreground text-sm">
      <p role="status">
        {plural(found, 'match', 'matches')} in the newest {number(entries.length)} entries
        {last && (
          <>
            , the last of them from <Time at={last.at} />
          </>
        )}
        .
      </p>
      <Button variant="outline" size="sm" busy={isLooking} onClick={onFurther}>
        {isLooking ? 'Looking further back' : 'Look further back'}
      </Button>
    </div>
  );
}

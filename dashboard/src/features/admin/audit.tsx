import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { RowsSkeleton } from '@/ui/skeleton';
import { auditQuery } from './api';
import { AuditFilters } from './audit-filters';
import { AuditRow } from './audit-row';
import { type AuditSearch, matches } from './audit-search';
import { More } from './more';

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
                  ? `None of the ${all.length.toLocaleString('en')} entries matches the filters.`
                  : 'Sign-ins, keys, invitations, limits and what operators do to the queue appear here.'}
              </EmptyState>
            )}
            {filtered && audit.hasNextPage && (
              <p role="status" className="border-t px-5 py-2 text-center text-muted-foreground text-sm">
                {rows.length} of the newest {all.length.toLocaleString('en')} entries; older ones are looked through as
                you go on.
              </p>
            )}
          </>
        )}
        <More query={audit} />
      </div>
    </Card>
  );
}

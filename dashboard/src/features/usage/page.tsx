import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Segmented } from '@/ui/segmented';
import { usageQuery } from './api';
import { dayIn, span } from './days';
import { ExportMenu } from './export-menu';
import { bucketOf } from './maths';
import { RangePicker } from './range-picker';
import { before, type GroupBy, METRICS, rangeOf, type SearchPatch, type UsageSearch } from './search';
import { UsageSkeleton } from './skeleton';
import { TopTasks } from './top-tasks';
import { TotalsCards } from './totals-cards';
import { UsageChart } from './usage-chart';
import { METRIC_LABELS } from './words';

interface UsagePageProps {
  search: UsageSearch;
  onSearch: (patch: SearchPatch) => void;
  /** The zone of the settings; the address may say another. */
  zone: string;
  isAdmin: boolean;
  now: Date;
}

const BY: Record<GroupBy, string> = { model: 'Model', repository: 'Repository', user: 'User' };

export function UsagePage({ search, onSearch, zone: own, isAdmin, now }: UsagePageProps) {
  const zone = search.tz ?? own;
  const range = rangeOf(search, zone, now);
  const scope = isAdmin && search.scope === 'all' ? 'all' : 'mine';
  const by: GroupBy = scope === 'mine' && search.by === 'user' ? 'model' : (search.by ?? 'model');
  const show = search.show ?? 'cost';

  const usage = useQuery({
    ...usageQuery({ ...range, tz: zone, group_by: by, scope }),
    placeholderData: keepPreviousData,
  });
  const earlier = useQuery(usageQuery({ ...before(range), tz: zone, group_by: 'none', scope }));
  const report = usage.data;

  return (
    <>
      <PageHeader
        title="Usage"
        description={`${span(range.from, range.to)} · days in ${zone.replaceAll('_', ' ')}`}
        actions={
          // On a phone a row of its own: beside it the title would have no room.
          <div className="flex flex-wrap items-center gap-2 max-sm:w-[calc(100vw-2rem)]">
            {isAdmin && (
              <Segmented
                label="Whose tasks"
                value={scope}
                options={[
                  { value: 'mine', label: 'Mine' },
                  { value: 'all', label: 'Everyone’s' },
                ]}
                onChange={(value) => onSearch({ scope: value === 'all' ? 'all' : undefined, hide: undefined })}
              />
            )}
            <RangePicker search={search} range={range} zone={zone} today={dayIn(zone, now)} onChange={onSearch} />
            <ExportMenu report={usage.isPlaceholderData ? undefined : report} />
          </div>
        }
      />
      <PageBody>
        {usage.isPending ? (
          <UsageSkeleton />
        ) : usage.isError && !report ? (
          <ErrorState error={usage.error} what="The usage" onRetry={() => void usage.refetch()} />
        ) : !report || report.totals.tasks === 0 ? (
          <Nothing search={search} onSearch={onSearch} />
        ) : (
          <div className="space-y-5 transition-opacity aria-busy:opacity-60" aria-busy={usage.isPlaceholderData}>
            <TotalsCards totals={report.totals} previous={earlier.data?.totals} />
            <Card>
              <CardHeader
                title={`${METRIC_LABELS[show]} per ${bucketOf(report)}`}
                actions={
                  <div className="flex max-w-full flex-wrap gap-2">
                    <Segmented
                      label="Show"
                      value={show}
                      options={METRICS.map((value) => ({ value, label: METRIC_LABELS[value] }))}
                      onChange={(value) => onSearch({ show: value })}
                    />
                    <Segmented
                      label="By"
                      value={by}
                      options={(
                        ['model', 'repository', ...(scope === 'all' ? ['user' as const] : [])] as GroupBy[]
                      ).map((value) => ({ value, label: BY[value] }))}
                      onChange={(value) => onSearch({ by: value, hide: undefined })}
                    />
                  </div>
                }
              />
              <CardBody>
                <UsageChart
                  report={report}
                  metric={show}
                  scope={scope}
                  hide={search.hide ?? []}
                  onHide={(hide) => onSearch({ hide: hide.length > 0 ? hide : undefined })}
                />
              </CardBody>
            </Card>
            {report.top_tasks.length > 0 && (
              <Card className="overflow-hidden">
                <CardHeader title="What cost most" description="Tasks that ended in this range" />
                <div className="mt-3 border-t">
                  <TopTasks tasks={report.top_tasks} />
                </div>
              </Card>
            )}
          </div>
        )}
      </PageBody>
    </>
  );
}

function Nothing({ search, onSearch }: Pick<UsagePageProps, 'search' | 'onSearch'>) {
  const wider = search.range !== '90d';
  return (
    <EmptyState
      icon={ChartColumn}
      title="No task ended in this range"
      actions={
        wider && (
          <Button variant="outline" onClick={() => onSearch({ range: '90d', from: undefined, to: undefined })}>
            Look at the last 90 days
          </Button>
        )
      }
    >
      A task is counted on the day it ends. What runs now is not here yet.
    </EmptyState>
  );
}

import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { UsageGroupBy } from '@/api/types';
import type { Range } from './search';

type UsageQuestion = Range & { tz: string; group_by: UsageGroupBy; scope: 'mine' | 'all' };

export const usageQuery = (query: UsageQuestion) =>
  queryOptions({
    queryKey: ['usage', query],
    queryFn: ({ signal }) => body(api.GET('/v1/usage', { params: { query }, signal })),
  });

/**
 * What the API promises and its description does not print yet. An entry goes as soon as its route has landed in
 * `contracts/openapi.json`; a test fails while both have it.
 */
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type Json<T> = { content: { 'application/json': T } };
interface Route<Body, Answer, Query = never, Path = never> {
  parameters: {
    query?: [Query] extends [never] ? never : Query;
    header?: { 'Idempotency-Key'?: string };
    cookie?: never;
  } & ([Path] extends [never] ? { path?: never } : { path: Path });
  requestBody?: [Body] extends [never] ? never : Json<Body>;
  responses: { 200: { headers: Record<string, unknown> } & Json<Answer> };
}
interface None {
  get?: never;
  put?: never;
  post?: never;
  delete?: never;
  options?: never;
  head?: never;
  patch?: never;
  trace?: never;
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
}
type On<Methods> = Omit<None, keyof Methods> & Methods;
type Get<Answer, Query = never, Path = never> = Route<never, Answer, Query, Path>;
type Post<Body, Answer, Path = never> = Route<Body, Answer, never, Path>;
type TaskQuery = NonNullable<paths['/v1/tasks']['get']['parameters']['query']>;

export type BulkAction = 'cancel' | 'retry' | 'review';
export interface BulkRequest {
  action: BulkAction;
  ids?: string[];
  filter?: Omit<TaskQuery, 'scope' | 'cursor' | 'limit'> & { reason?: string };
  scope?: TaskQuery['scope'];
  dry_run?: boolean;
  cursor?: string;
}
export interface BulkAnswer {
  matched: number;
  changed: number;
  skipped: { id: string; code: string }[];
  tasks?: string[];
  cursor?: string | null;
}

export interface Quantiles {
  median: number;
  p95: number;
}
export interface UsageTotals {
  tasks: number;
  succeeded: number;
  failed: number;
  canceled: number;
  runs: number;
  cost_usd_micros: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_creation_tokens: number;
  run_seconds: number;
  duration_s?: Quantiles | null;
  queue_wait_s?: Quantiles | null;
}
export type UsageGroupBy = 'model' | 'repository' | 'user' | 'none';
export interface UsageReport {
  from: string;
  to: string;
  tz: string;
  group_by: UsageGroupBy;
  totals: UsageTotals;
  groups: { key: string; label: string; totals: UsageTotals }[];
  days: { date: string; groups: { key: string; totals: UsageTotals }[] }[];
  top_tasks: {
    id: string;
    title: string;
    cost_usd_micros: number;
    ended_at: string;
    state: Schemas['State'];
  }[];
}

export interface SoonPaths {
  '/v1/tasks/bulk': On<{ post: Post<BulkRequest, BulkAnswer> }>;
  '/v1/usage': On<{
    get: Get<UsageReport, { from: string; to: string; tz?: string; group_by?: UsageGroupBy; scope?: 'mine' | 'all' }>;
  }>;
}

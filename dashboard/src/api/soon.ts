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

export type WaitReason = 'slots' | 'user_limit' | 'not_before' | 'backoff' | 'paused';
export interface Wait {
  reason: WaitReason;
  position?: number | null;
  more?: boolean;
  estimate_s?: number | null;
  until?: string | null;
}
export interface TaskSoon {
  wait?: Wait | null;
}

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

export interface Limits {
  running_total: number;
  running_per_user: number;
  queued_per_user: number;
}
export interface QueueView {
  depth: number;
  running: number;
  limit: number;
  waiting: Record<WaitReason, number>;
  by_priority: Record<Schemas['Priority'], number>;
  started_per_hour: number;
  ended_per_hour: number;
  oldest_queued_at?: string | null;
  estimate_s?: number | null;
  /** Without an address the account is gone; `drained` once nothing runs any more. */
  paused?: { at: string; by: { id: string; email?: string | null }; note?: string | null; drained: boolean } | null;
  throughput: { hour: string; succeeded: number; failed: number; canceled: number }[];
  more?: boolean;
}

export interface SoonPaths {
  '/v1/tasks/bulk': On<{ post: Post<BulkRequest, BulkAnswer> }>;
  '/v1/usage': On<{
    get: Get<UsageReport, { from: string; to: string; tz?: string; group_by?: UsageGroupBy; scope?: 'mine' | 'all' }>;
  }>;
  '/v1/limits': On<{ get: Get<Limits>; put: Post<Limits, Limits> }>;
  '/v1/queue': On<{ get: Get<QueueView> }>;
  '/v1/queue/pause': On<{ post: Post<{ note?: string }, QueueView> }>;
  '/v1/queue/resume': On<{ post: Post<never, QueueView> }>;
}

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
type PageOf<T> = { items: T[]; next_cursor?: string | null };

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
  /** How far the agent's list is. */
  todos?: { done: number; total: number } | null;
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

export interface TokensAnswer {
  access_token: string;
  refresh_token?: string | null;
  expires_in: number;
  token_type: string;
}
export interface Session {
  id: string;
  created_at: string;
  last_used_at?: string | null;
  expires_at: string;
  current: boolean;
}
export interface User {
  id: string;
  email: string;
  role: 'admin' | 'member' | 'viewer';
  disabled: boolean;
  invited: boolean;
  created_at: string;
}
export interface AuditEntry {
  at: string;
  actor?: { id: string; email: string } | null;
  via: 'session' | 'key' | 'link' | 'server';
  action: string;
  target?: string | null;
  detail?: string | null;
  request_id: string;
}
export interface HealthReport {
  version: string;
  parts: { name: string; ok: boolean; detail?: string | null; latency_ms: number }[];
}
type KeySoon = Schemas['ApiKey'] & { scope: 'read' | 'write'; last_used_at?: string | null };

interface Paging {
  cursor?: string;
  limit?: number;
}

export interface SoonPaths {
  '/v1/auth/login': On<{ post: Post<{ email: string; password: string; cookie?: boolean }, TokensAnswer> }>;
  '/v1/auth/refresh': On<{ post: Post<{ refresh_token?: string }, TokensAnswer> }>;
  '/v1/auth/link': On<{ post: Post<{ token: string; password?: string; cookie?: boolean }, TokensAnswer> }>;
  '/v1/sessions': On<{ get: Get<PageOf<Session>, Paging>; delete: Get<undefined> }>;
  '/v1/sessions/{id}': On<{ delete: Get<undefined, never, { id: string }> }>;
  '/v1/me/password': On<{ post: Post<{ current: string; new: string }, undefined> }>;
  '/v1/users': On<{
    get: Get<PageOf<User>, Paging>;
    post: Post<{ email: string; role: User['role'] }, { user: User; link: string }>;
  }>;
  '/v1/users/{id}': On<{ patch: Post<{ role?: User['role']; disabled?: boolean }, User, { id: string }> }>;
  '/v1/users/{id}/link': On<{ post: Post<never, { link: string }, { id: string }> }>;
  '/v1/audit': On<{ get: Get<PageOf<AuditEntry>, Paging> }>;
  '/v1/health': On<{ get: Get<HealthReport> }>;
  '/v1/keys': On<{
    get: Get<PageOf<KeySoon>>;
    post: Post<{ name: string; expires_at?: string | null; scope?: 'read' | 'write' }, KeySoon & { secret: string }>;
  }>;
  '/v1/tasks/bulk': On<{ post: Post<BulkRequest, BulkAnswer> }>;
  '/v1/usage': On<{
    get: Get<UsageReport, { from: string; to: string; tz?: string; group_by?: UsageGroupBy; scope?: 'mine' | 'all' }>;
  }>;
  '/v1/limits': On<{ get: Get<Limits>; put: Post<Limits, Limits> }>;
  '/v1/queue': On<{ get: Get<QueueView> }>;
  '/v1/queue/pause': On<{ post: Post<{ note?: string }, QueueView> }>;
  '/v1/queue/resume': On<{ post: Post<never, QueueView> }>;
}

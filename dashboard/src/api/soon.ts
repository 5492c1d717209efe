/**
 * What the API promises and its description does not print yet. An entry goes as soon as its route has landed in
 * `contracts/openapi.json`; a test fails while both have it.
 */
import type { components } from './schema';

type Schemas = components['schemas'];
type Json<T> = { content: { 'application/json': T } };
interface Route<Body, Answer, Query = never, Path = never> {
  parameters: {
    query?: [Query] extends [never] ? never : Query;
    header?: { 'Idempotency-Key'?: string };
    path: [Path] extends [never] ? undefined : Path;
    cookie?: never;
  };
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
type Get<Answer, Query = never, Path = never> = Omit<None, 'get'> & { get: Route<never, Answer, Query, Path> };
type Post<Body, Answer, Path = never> = Omit<None, 'post'> & { post: Route<Body, Answer, never, Path> };
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
  reviewed_at?: string | null;
  wait?: Wait | null;
}

export interface TaskFilter {
  view?: 'active' | 'needs_review' | 'all';
  state?: string;
  tag?: string;
  repository?: string;
  model?: string;
  from?: string;
  to?: string;
  q?: string;
  scope?: 'mine' | 'all';
}
export interface Count {
  count: number;
  more: boolean;
}
export interface TaskCounts {
  active: Count;
  needs_review: Count;
  all: Count;
}
export type BulkAction = 'cancel' | 'retry' | 'review';
export interface BulkRequest {
  action: BulkAction;
  ids?: string[];
  filter?: TaskFilter & { reason?: string };
  scope?: 'mine' | 'all';
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
  paused?: { at: string; by: string; note?: string | null; drain: boolean } | null;
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

export interface SoonPaths {
  '/v1/auth/login': Post<{ email: string; password: string; cookie?: boolean }, TokensAnswer>;
  '/v1/auth/refresh': Post<{ refresh_token?: string }, TokensAnswer>;
  '/v1/auth/link': Post<{ token: string; password?: string; cookie?: boolean }, TokensAnswer>;
  '/v1/sessions': Get<PageOf<Session>, { cursor?: string; limit?: number }> & { delete: Route<never, never> };
  '/v1/sessions/{id}': Omit<None, 'delete'> & { delete: Route<never, never, never, { id: string }> };
  '/v1/me/password': Post<{ current: string; new: string }, never>;
  '/v1/users': Get<PageOf<User>, { cursor?: string; limit?: number }> & {
    post: Route<{ email: string; role: User['role'] }, { user: User; link: string }>;
  };
  '/v1/users/{id}': Omit<None, 'patch'> & {
    patch: Route<{ role?: User['role']; disabled?: boolean }, User, never, { id: string }>;
  };
  '/v1/users/{id}/link': Post<never, { link: string }, { id: string }>;
  '/v1/audit': Get<PageOf<AuditEntry>, { cursor?: string; limit?: number }>;
  '/v1/health': Get<HealthReport>;
  '/v1/keys': Get<PageOf<KeySoon>> & {
    post: Route<{ name: string; expires_at?: string | null; scope?: 'read' | 'write' }, KeySoon & { secret: string }>;
  };
  '/v1/tasks': Get<PageOf<Schemas['Task'] & TaskSoon>, TaskFilter & { cursor?: string; limit?: number }> & {
    post: Route<Schemas['NewTask'], Schemas['Task'] & TaskSoon>;
  };
  '/v1/tasks/counts': Get<TaskCounts, { scope?: 'mine' | 'all' }>;
  '/v1/tasks/bulk': Post<BulkRequest, BulkAnswer>;
  '/v1/tasks/{id}/review': Post<never, Schemas['Task'] & TaskSoon, { id: string }>;
  '/v1/usage': Get<
    UsageReport,
    { from: string; to: string; tz?: string; group_by?: UsageGroupBy; scope?: 'mine' | 'all' }
  >;
  '/v1/limits': Get<Limits> & { put: Route<Limits, Limits> };
  '/v1/queue': Get<QueueView>;
  '/v1/queue/pause': Post<{ note?: string }, QueueView>;
  '/v1/queue/resume': Post<never, QueueView>;
}

import type { components, paths } from './schema';

type Schemas = components['schemas'];

/** The names of the API's types, as the features use them. */
export type Task = Schemas['Task'];
/** The generator takes a field with a default for one that is always there. In an answer it is, in a request it need not be. */
export type WholeNewTask = Schemas['NewTask'];
export type NewTask = Pick<WholeNewTask, 'prompt'> & Partial<WholeNewTask>;
/** What a list can be asked for. */
export type TaskFilter = Omit<NonNullable<paths['/v1/tasks']['get']['parameters']['query']>, 'cursor' | 'limit'>;
export type State = Schemas['State'];
export type Reason = Schemas['Reason'];
export type Priority = Schemas['Priority'];
export type Event = Schemas['Event'];
export type EventsPage = Schemas['EventsPage'];
export type Run = Schemas['Run'];
export type TodoItem = Schemas['TodoItem'];
export type Tokens = Schemas['Tokens'];
export type ApiKey = Schemas['ApiKey'];
export type Session = Schemas['Session'];
export type User = Schemas['User'];
export type AuditEntry = Schemas['AuditEntry'];
export type WaitReason = Schemas['WaitReason'];
export type QueueView = Schemas['Queue'];
export type Limits = Schemas['Limits'];
export type BulkAction = Schemas['BulkAction'];
export type WholeBulkRequest = Schemas['Bulk'];
export interface BulkRequest {
  action: BulkAction;
  ids?: string[];
  filter?: Omit<TaskFilter, 'scope'> & { reason?: Reason };
  scope?: NonNullable<Schemas['Bulk']['scope']>;
  dry_run?: boolean;
  cursor?: string;
}
export type BulkAnswer = Schemas['BulkAnswer'];
export type Quantiles = Schemas['Quantiles'];
export type UsageTotals = Schemas['UsageTotals'];
export type UsageGroupBy = Schemas['UsageGroupBy'];
export type UsageReport = Schemas['UsageReport'];
export type HealthReport = Schemas['Parts'];
export type Problem = Schemas['Problem'];
export type Role = 'admin' | 'member' | 'viewer';
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export const TABS = ['activity', 'changes', 'runs', 'details', 'raw'] as const;
export type TaskTab = (typeof TABS)[number];

/** What the address of a task's page says beside the task: a tab, and an event to look at. */
export type TaskSearch = { tab?: Exclude<TaskTab, 'activity'>; e?: number };

export function readTaskSearch(search: Record<string, unknown>): TaskSearch {
  const tab = TABS.find((known) => known === search.tab);
  const seq = Number(search.e);
  return {
    ...(tab !== undefined && tab !== 'activity' ? { tab } : {}),
    ...(Number.isSafeInteger(seq) && seq > 0 ? { e: seq } : {}),
  };
}

import { createContext, use } from 'react';

type TimelineActions = {
  taskId: string;
  toggle: (key: string, isOpen: boolean) => void;
  copyLink: (seq: number) => void;
};

export const TimelineContext = createContext<TimelineActions | null>(null);

export function useTimeline(): TimelineActions {
  const actions = use(TimelineContext);
  if (actions === null) throw new Error('a row stands in a timeline');
  return actions;
}

import { useEffect, useRef } from 'react';
import type { Topic } from './frames';
import { live } from './live';
import type { Follower } from './socket';

/** Follows a topic while the component is there. The follower may be a new object at each render. */
export function useTopic(topic: Topic | null, follower: Follower) {
  const latest = useRef(follower);
  useEffect(() => {
    latest.current = follower;
  });
  useEffect(() => {
    if (topic === null) return;
    return live.follow(topic, {
      opened: () => latest.current.opened?.(),
      events: (events) => latest.current.events?.(events),
      head: (seq) => latest.current.head?.(seq),
      task: (task) => latest.current.task?.(task),
      poll: () => latest.current.poll?.(),
    });
  }, [topic]);
}

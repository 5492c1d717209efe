import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** So many matches are a page of them. */
const ENOUGH = 25;
/** A look ends after so many pages of the list, found or not: nobody waits for the reading of 400 days. */
const PAGES_A_LOOK = 10;

interface LookBack {
  query: UseInfiniteQueryResult;
  /** What is looked for; nothing is looked for without it. */
  what: string | undefined;
  pages: number;
  matches: number;
}

/**
 * A filter that the server does not know: reads on through a list, newest first, until there is a page of matches, and
 * never without end. Further back goes whoever asks for it.
 */
export function useLookBack({ query, what, pages, matches }: LookBack) {
  const [goal, setGoal] = useState({ what, pages: PAGES_A_LOOK, matches: ENOUGH });
  const further = () => setGoal({ what, pages: pages + PAGES_A_LOOK, matches: matches + ENOUGH });
  // Another filter is another look, from where the reading has come to.
  if (goal.what !== what) further();

  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const isShort = what !== undefined && matches < goal.matches && pages < goal.pages;
  const looks = isShort && hasNextPage && !isFetching && !isError;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page that has come is a reason to ask for the next
  useEffect(() => {
    if (looks) void fetchNextPage();
  }, [looks, pages, fetchNextPage]);

  return { isLooking: isShort && hasNextPage && !isError, further };
}

import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Button } from '@/ui/button';

/** The next page when its place comes into sight; a button for who does not scroll, and after an error. */
export function More({ query }: { query: UseInfiniteQueryResult }) {
  const place = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const next = useRef(fetchNextPage);
  next.current = fetchNextPage;
  const wants = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (!wants || !place.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void next.current());
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [wants]);
  if (!hasNextPage) return null;
  return (
    <div ref={place} className="border-t p-3 text-center">
      {isFetchNextPageError && (
        <p role="alert" className="mb-2 text-danger text-sm">
          The next page did not come.
        </p>
      )}
      <Button variant="outline" size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {isFetchNextPageError ? 'Try again' : 'Load more'}
      </Button>
    </div>
  );
}

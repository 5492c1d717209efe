import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useDocumentTitle } from '@/lib/document-title';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { isMissingFile, isServed } from './stale-build';

/** What is shown where a page failed. The shell around it stays. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  useDocumentTitle('Error');
  const isMissing = isMissingFile(error);
  // The router does not ask again for a file that did not come: only a reload brings it.
  const reload = () => void isServed().then((served) => served && location.reload());
  return (
    <>
      <h1 className="sr-only">Error</h1>
      <ErrorState
        error={isMissing ? new TypeError(error.message) : error}
        onRetry={isMissing ? reload : reset}
        actions={
          <Button asChild variant="ghost">
            <Link to="/tasks">Go to the tasks</Link>
          </Button>
        }
      />
    </>
  );
}

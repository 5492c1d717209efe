import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useDocumentTitle } from '@/lib/document-title';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';

/** What is shown where a page failed. The shell around it stays. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  useDocumentTitle('Error');
  return (
    <>
      <h1 className="sr-only">Error</h1>
      <ErrorState
        error={error}
        onRetry={reset}
        actions={
          <Button asChild variant="ghost">
            <Link to="/tasks">Go to the tasks</Link>
          </Button>
        }
      />
    </>
  );
}

import { Link } from '@tanstack/react-router';
import { Signpost } from 'lucide-react';
import { useDocumentTitle } from '@/lib/document-title';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';

export function NotFound() {
  useDocumentTitle('Not found');
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        icon={Signpost}
        title="There is nothing here"
        actions={
          <Button asChild variant="outline">
            <Link to="/tasks">Go to the tasks</Link>
          </Button>
        }
      >
        The address may be mistyped, or what was here has been deleted.
      </EmptyState>
    </>
  );
}

import { RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { toProblem } from '@/api/problem';
import { cn } from '@/lib/cn';
import { Button } from './button';

interface ErrorStateProps {
  error: unknown;
  /** What could not be shown: "The queue". */
  what?: string;
  onRetry?: () => void;
  actions?: ReactNode;
  className?: string;
}

/** What went wrong, in the server's words, with the number under which the operator finds it. */
export function ErrorState({ error, what, onRetry, actions, className }: ErrorStateProps) {
  const problem = toProblem(error);
  return (
    <div
      role="alert"
      data-slot="error-state"
      className={cn('mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center', className)}
    >
      <div className="mb-4 grid size-11 place-items-center rounded-full border border-danger/30 bg-danger/8 text-danger">
        <TriangleAlert aria-hidden className="size-5" />
      </div>
      <h2 className="font-semibold text-lg">{what ? `${what} could not be loaded` : problem.title}</h2>
      <p className="mt-1 text-muted-foreground">{what ? problem.message : (problem.detail ?? problem.message)}</p>
      {problem.requestId && (
        <p className="mt-2 text-muted-foreground text-xs">
          Request <code className="font-mono">{problem.requestId}</code>
        </p>
      )}
      {(onRetry || actions) && (
        <div className="mt-5 flex flex-wrap justify-center gap-2">
          {onRetry && (
            <Button variant="outline" onClick={onRetry}>
              <RotateCw aria-hidden />
              Try again
            </Button>
          )}
          {actions}
        </div>
      )}
    </div>
  );
}

import type { ReactNode } from 'react';

export function Shell({ children }: { children: ReactNode }) {
  return (
    <main id="main" tabIndex={-1} className="h-full overflow-y-auto outline-none">
      {children}
    </main>
  );
}

import { ChevronsUpDown, CircleUser } from 'lucide-react';
import type { ComponentProps } from 'react';
import { useMe } from '@/api/me';
import { Button } from '@/ui/button';

export function AccountTrigger({ compact, ...props }: ComponentProps<'button'> & { compact: boolean }) {
  const me = useMe();
  if (compact) {
    return (
      <Button variant="ghost" size="icon" aria-label="Account" {...props}>
        <CircleUser aria-hidden />
      </Button>
    );
  }
  return (
    <Button variant="ghost" className="h-10 w-full justify-start px-2.5 text-left" {...props}>
      <CircleUser aria-hidden />
      <span className="min-w-0 flex-1 truncate font-normal text-sm">
        <span className="sr-only">Account </span>
        {me?.email ?? '…'}
      </span>
      <ChevronsUpDown aria-hidden className="size-3.5" />
    </Button>
  );
}

import { KeyRound, MoreHorizontal, UserCheck, UserX } from 'lucide-react';
import { useState } from 'react';
import type { Role, User } from '@/api/types';
import { cn } from '@/lib/cn';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { Select } from '@/ui/select';
import { Time } from '@/ui/time';
import { useChangeUser, useResetLink } from './api';
import { LinkOnce } from './link-once';
import { ROLE_NAMES, ROLES } from './words';

interface UserRowProps {
  user: User;
  isMe: boolean;
  isLastAdmin: boolean;
}

type Asked = { what: 'disable' } | { what: 'role'; role: Role };

const OPTIONS = ROLE_NAMES.map((value) => ({ value, label: ROLES[value].label, hint: ROLES[value].may }));

export function UserRow({ user, isMe, isLastAdmin }: UserRowProps) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const change = useChangeUser();
  const reset = useResetLink();
  const pickRole = (role: Role) => {
    if (role === user.role) return;
    // One's own demotion locks one out of this very page.
    if (isMe) setAsked({ what: 'role', role });
    else change.mutate({ id: user.id, role });
  };
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 px-5 py-3 sm:grid-cols-[auto_minmax(0,1fr)_9rem_auto]">
      <span
        aria-hidden
        className={cn(
          'grid size-8 place-items-center rounded-full bg-muted font-medium text-muted-foreground uppercase',
          user.disabled && 'opacity-50',
        )}
      >
        {user.email.charAt(0)}
      </span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={cn('truncate font-medium', user.disabled && 'text-muted-foreground line-through')}>
            {user.email}
          </span>
          {isMe && <Badge tone="outline">you</Badge>}
          {user.invited && <Badge tone="warning">invited</Badge>}
          {user.disabled && <Badge tone="danger">disabled</Badge>}
        </p>
        <p className="text-muted-foreground text-sm">
          {user.invited ? 'Invited ' : 'Since '}
          <Time at={user.created_at} />
          {isLastAdmin && ' · the only admin, so this role stays'}
        </p>
      </div>
      <Select
        aria-label={`Role of ${user.email}`}
        className="max-sm:order-last max-sm:col-span-2 max-sm:col-start-2"
        value={user.role as Role}
        options={OPTIONS}
        disabled={isLastAdmin || change.isPending}
        onChange={pickRole}
      />
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={`More for ${user.email}`} busy={reset.isPending}>
            {!reset.isPending && <MoreHorizontal aria-hidden />}
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem disabled={user.disabled} onSelect={() => reset.mutate(user.id)}>
            <KeyRound aria-hidden />
            {user.invited ? 'New invitation link' : 'Link to set a new password'}
          </MenuItem>
          {user.disabled ? (
            <MenuItem onSelect={() => change.mutate({ id: user.id, disabled: false })}>
              <UserCheck aria-hidden />
              Enable
            </MenuItem>
          ) : (
            <MenuItem danger disabled={isLastAdmin} onSelect={() => setAsked({ what: 'disable' })}>
              <UserX aria-hidden />
              Disable…
            </MenuItem>
          )}
        </MenuContent>
      </Menu>
      {asked && (
        <ConfirmDialog
          open
          onOpenChange={(open) => open || setAsked(null)}
          danger
          busy={change.isPending}
          {...(asked.what === 'disable'
            ? {
                title: `Disable ${user.email}?`,
                description:
                  'Their sign-ins end at once and their API keys are refused. Their tasks stay, and go on. You can enable them again.',
                confirm: 'Disable',
              }
            : {
                title: `Become a ${asked.role} yourself?`,
                description: 'You will not see this page any more. Another admin would have to change it back.',
                confirm: `Become a ${asked.role}`,
              })}
          onConfirm={() =>
            change.mutate(
              asked.what === 'disable' ? { id: user.id, disabled: true } : { id: user.id, role: asked.role },
              { onSettled: () => setAsked(null) },
            )
          }
        />
      )}
      {reset.data && <LinkOnce email={user.email} link={reset.data.link} onClose={() => reset.reset()} />}
    </li>
  );
}

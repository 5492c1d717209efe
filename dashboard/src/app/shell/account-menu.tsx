import { Keyboard, LogOut, Monitor, Moon, ShieldOff, Sun } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '@/api/me';
import { useSignOut } from '@/features/auth/actions';
import { openOverlay } from '@/features/palette/overlays';
import { type Theme, useAppearance } from '@/lib/appearance';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Kbd } from '@/ui/kbd';
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '@/ui/menu';
import { toast } from '@/ui/toast';
import { AccountTrigger } from './account-trigger';

const THEME_CHOICES = [
  { theme: 'system', label: 'As the system', icon: Monitor },
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
] as const;

/** Loaded when somebody first reaches for it: see `AccountButton`. */
export default function AccountMenu({ compact }: { compact: boolean }) {
  const me = useMe();
  const { theme, set } = useAppearance();
  const signOut = useSignOut();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const everywhere = async () => {
    setBusy(true);
    await signOut.everywhere().catch((error) => toast.error('You are still signed in', error));
    setBusy(false);
  };
  return (
    <>
      <Menu defaultOpen>
        <MenuTrigger asChild>
          <AccountTrigger compact={compact} />
        </MenuTrigger>
        <MenuContent align={compact ? 'end' : 'start'} className="w-56">
          {me && (
            <MenuLabel>
              <span className="block truncate text-foreground text-sm">{me.email}</span>
              {me.role}
            </MenuLabel>
          )}
          <MenuSeparator />
          <MenuRadioGroup value={theme} onValueChange={(value) => set({ theme: value as Theme })}>
            {THEME_CHOICES.map(({ theme: value, label, icon: Icon }) => (
              <MenuRadioItem key={value} value={value}>
                <Icon aria-hidden />
                {label}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          <MenuSeparator />
          <MenuItem onSelect={() => openOverlay('shortcuts')}>
            <Keyboard aria-hidden />
            Keyboard shortcuts
            <Kbd className="ml-auto">?</Kbd>
          </MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={() => void signOut.here()}>
            <LogOut aria-hidden />
            Sign out
          </MenuItem>
          <MenuItem onSelect={() => setAsking(true)}>
            <ShieldOff aria-hidden />
            Sign out everywhere
          </MenuItem>
        </MenuContent>
      </Menu>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Sign out everywhere?"
        description="Every browser and command line that is signed in as you is signed out, this one too. API keys go on working, and so do your tasks."
        confirm="Sign out everywhere"
        dismiss="Stay signed in"
        danger
        busy={busy}
        onConfirm={() => void everywhere()}
      />
    </>
  );
}

import { type LucideIcon, Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Density, isTimeZone, type Theme, useAppearance } from '@/lib/appearance';
import { dateTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { Segmented } from '@/ui/segmented';
import { Switch } from '@/ui/switch';
import { ZoneSelect } from '@/ui/zone-select';

const theme = (value: Theme, word: string, Icon: LucideIcon) => ({
  value,
  label: (
    <>
      <Icon aria-hidden />
      {word}
    </>
  ),
});
const THEME_OPTIONS = [
  theme('system', 'As the system', Monitor),
  theme('light', 'Light', Sun),
  theme('dark', 'Dark', Moon),
];
const DENSITY_OPTIONS: { value: Density; label: string }[] = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
];

/** How the dashboard looks, in this browser. */
export function AppearanceSettings() {
  const appearance = useAppearance();
  return (
    <Card>
      <CardHeader title="Appearance" description="Kept in this browser" />
      <CardBody className="divide-y">
        <Setting label="Theme">
          <Segmented
            label="Theme"
            value={appearance.theme}
            options={THEME_OPTIONS}
            onChange={(theme) => appearance.set({ theme })}
          />
        </Setting>
        <Setting label="Density" hint="Compact shows more rows of a list at once.">
          <Segmented
            label="Density"
            value={appearance.density}
            options={DENSITY_OPTIONS}
            onChange={(density) => appearance.set({ density })}
          />
        </Setting>
        <ZoneSetting />
        <Setting label="Single-key shortcuts" hint="J, K, X, ? and the like. Combinations with Ctrl or ⌘ always work.">
          <Switch
            aria-label="Single-key shortcuts"
            checked={appearance.shortcuts}
            onCheckedChange={(shortcuts) => appearance.set({ shortcuts })}
          />
        </Setting>
      </CardBody>
    </Card>
  );
}

type ZoneKind = 'local' | 'utc' | 'fixed';

const ZONE_OPTIONS: { value: ZoneKind; label: string }[] = [
  { value: 'local', label: 'Local' },
  { value: 'utc', label: 'UTC' },
  { value: 'fixed', label: 'Another' },
];

function ZoneSetting() {
  const { timeZone, set } = useAppearance();
  const now = useNow();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const kind: ZoneKind = timeZone === undefined ? 'local' : timeZone === 'UTC' ? 'utc' : 'fixed';
  return (
    <Setting label="Time zone" hint={`Now it is ${dateTime(now, timeZone)}.`}>
      <div className="grid justify-items-start gap-2">
        <Segmented
          label="Time zone"
          value={kind}
          options={ZONE_OPTIONS}
          onChange={(next) => set({ timeZone: next === 'local' ? undefined : next === 'utc' ? 'UTC' : here })}
        />
        {kind === 'fixed' && (
          <ZoneSelect
            aria-label="Which zone"
            className="max-w-64"
            value={timeZone ?? here}
            onChange={(zone) => isTimeZone(zone) && set({ timeZone: zone })}
          />
        )}
      </div>
    </Setting>
  );
}

export function Setting({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div className="grid items-start gap-x-6 gap-y-2 py-4 first:pt-0 last:pb-0 sm:grid-cols-[14rem_1fr]">
      <div>
        <p className="font-medium">{label}</p>
        {hint && <p className="text-muted-foreground text-sm">{hint}</p>}
      </div>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

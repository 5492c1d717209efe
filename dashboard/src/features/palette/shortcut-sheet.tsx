import { useAppearance } from '@/lib/appearance';
import { groupShortcuts, keyNames, type Shortcut, useShortcutRegistry } from '@/lib/shortcuts';
import { Dialog, DialogContent } from '@/ui/dialog';
import { Kbd } from '@/ui/kbd';
import { Switch } from '@/ui/switch';

/** What the keyboard does on the page behind: the registry itself, so that it is never out of date. */
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const layers = useShortcutRegistry((registry) => registry.layers);
  const { shortcuts: on, set } = useAppearance();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title="Keyboard shortcuts" className="w-[min(44rem,calc(100vw-2rem))]">
        <div className="gap-x-10 pb-1 sm:columns-2">
          {groupShortcuts(layers).map(([group, shortcuts]) => (
            <section key={group} className="mb-5 break-inside-avoid">
              <h3 className="mb-1 font-medium text-muted-foreground text-xs">{group}</h3>
              <dl>
                {shortcuts.map((shortcut) => (
                  <div key={shortcut.label} className="flex items-center justify-between gap-4 py-1">
                    <dt className="text-sm">{shortcut.label}</dt>
                    <dd>
                      <Combinations of={shortcut} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <label className="flex items-center justify-between gap-4 mt-1 border-t pt-4" htmlFor="shortcuts-on">
          <span>
            <span className="block font-medium text-sm">Single-key shortcuts</span>
            <span className="text-muted-foreground text-xs">
              Off, only combinations with Ctrl or ⌘ work. Voice input is safer so.
            </span>
          </span>
          <Switch id="shortcuts-on" checked={on} onCheckedChange={(shortcuts) => set({ shortcuts })} />
        </label>
      </DialogContent>
    </Dialog>
  );
}

function Combinations({ of }: { of: Shortcut }) {
  const all = typeof of.keys === 'string' ? [of.keys] : of.keys;
  return (
    <span className="flex items-center gap-1">
      {all.map((combination, index) => (
        <span key={combination} className="flex items-center gap-1">
          {index > 0 && <span className="text-muted-foreground text-xs">or</span>}
          {keyNames(combination).map((name) => (
            <Kbd key={name}>{name}</Kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

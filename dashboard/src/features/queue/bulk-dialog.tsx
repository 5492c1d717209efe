import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { previewBulk } from '@/api/bulk';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { BulkPreview } from './bulk-preview';
import { BulkProgress } from './bulk-progress';
import { SWEEPS, type Sweep, type Target } from './sweep';
import { useSweep } from './use-sweep';
import { tasks } from './words';

/** Choose, look at what would happen, type what it is, watch it happen. */
export function BulkDialog({ action, onClose }: { action: Sweep; onClose: () => void }) {
  const words = SWEEPS[action];
  const [target, setTarget] = useState<Target>(words.targets[0]);
  const [typed, setTyped] = useState('');
  const sweep = useSweep(action);
  const begun = sweep.phase !== 'idle';

  const look = useQuery({
    queryKey: ['queue', 'bulk', action, target.key],
    queryFn: ({ signal }) => previewBulk(action, { filter: target.filter, scope: 'all' }, signal),
    enabled: !begun,
    // What was seen a moment ago is not what is there now.
    staleTime: 0,
    gcTime: 0,
  });
  const phrase = `${words.verb.toLowerCase()} ${tasks(look.data?.matched ?? 0)}`;
  const ready = look.isSuccess && look.data.matched > 0 && typed.trim().toLowerCase() === phrase;

  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent
        title={words.title}
        description={words.description}
        // A click beside the dialog must not end what is under way.
        onInteractOutside={(event) => sweep.phase === 'running' && event.preventDefault()}
      >
        {begun ? (
          <BulkProgress
            words={words}
            expected={look.data?.matched ?? 0}
            sweep={sweep}
            onResume={() => void sweep.go(target.filter)}
            onClose={onClose}
          />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (ready) void sweep.go(target.filter);
            }}
          >
            <Targets
              targets={words.targets}
              chosen={target}
              onChoose={(next) => {
                setTarget(next);
                setTyped('');
              }}
            />
            <BulkPreview look={look} words={words} target={target} />
            {look.isSuccess && look.data.matched > 0 && (
              <Field
                className="mt-4"
                label={
                  <>
                    Type <span className="rounded bg-muted px-1 font-mono text-xs">{phrase}</span> to go on
                  </>
                }
              >
                {(control) => (
                  <Input
                    {...control}
                    value={typed}
                    autoComplete="off"
                    spellCheck={false}
                    onChange={(event) => setTyped(event.target.value)}
                  />
                )}
              </Field>
            )}
            <DialogActions>
              <Button variant="outline" onClick={onClose}>
                Keep as it is
              </Button>
              <Button type="submit" variant={words.danger ? 'danger' : 'primary'} disabled={!ready}>
                {look.data?.matched ? `${words.verb} ${tasks(look.data.matched)}` : words.verb}
              </Button>
            </DialogActions>
          </form>
        )}
      </DialogContent>
    </Dialog>
  );
}

interface TargetsProps {
  targets: readonly Target[];
  chosen: Target;
  onChoose: (target: Target) => void;
}

function Targets({ targets, chosen, onChoose }: TargetsProps) {
  return (
    <fieldset className="space-y-1.5">
      <legend className="sr-only">Which tasks</legend>
      {targets.map((target) => (
        <label
          key={target.key}
          className="flex cursor-pointer items-start gap-3 rounded-lg border px-3 py-2.5 hover:bg-muted has-checked:border-primary has-focus-visible:outline-2 has-focus-visible:outline-ring has-checked:bg-primary/5"
        >
          <input
            type="radio"
            name="target"
            className="mt-1 accent-primary"
            checked={target === chosen}
            onChange={() => onChoose(target)}
          />
          <span className="min-w-0">
            <span className="block font-medium">{target.label}</span>
            <span className="block text-muted-foreground text-sm">{target.hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

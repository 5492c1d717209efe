import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type BulkTarget, previewBulk } from '@/api/bulk';
import type { BulkAction } from '@/api/types';
import { Dialog, DialogContent } from '../dialog';
import { BulkQuestion } from './bulk-question';
import { BulkRun } from './bulk-run';
import { useBulk } from './use-bulk';

/** Which tasks are meant. */
export interface BulkChoice {
  label: string;
  hint?: string;
  target: BulkTarget;
}

interface BulkDialogProps {
  action: BulkAction;
  title: string;
  description: string;
  /** What it can mean, the mildest first. One alone is no question. */
  choices: readonly [BulkChoice, ...BulkChoice[]];
  /** `begun`: something may have been changed. */
  onClose: (begun: boolean) => void;
}

/** The one way to change many: choose, look at what would happen, agree, watch it, read what was left alone. */
export function BulkDialog({ action, title, description, choices, onClose }: BulkDialogProps) {
  const [choice, setChoice] = useState(choices[0]);
  const { state, go, stop } = useBulk(action);
  const begun = state.phase !== 'idle';
  const look = useQuery({
    queryKey: ['bulk', action, choice.target],
    queryFn: ({ signal }) => previewBulk(action, choice.target, signal),
    enabled: !begun,
    // What was seen a moment ago is not what is there now.
    staleTime: 0,
    gcTime: 0,
  });
  return (
    // What is under way ends by its own button, not by a slip of the hand.
    <Dialog open onOpenChange={(open) => !open && state.phase !== 'running' && onClose(begun)}>
      <DialogContent title={title} description={begun ? undefined : description}>
        {begun ? (
          <BulkRun
            action={action}
            label={title}
            expected={look.data?.matched ?? 0}
            state={state}
            onStop={stop}
            onGoOn={() => go(choice.target)}
            onClose={() => onClose(true)}
          />
        ) : (
          <>
            {choices.length > 1 && <Choices choices={choices} chosen={choice} onChoose={setChoice} />}
            <BulkQuestion
              key={choice.label}
              action={action}
              target={choice.target}
              look={look}
              onGo={() => go(choice.target)}
              onClose={() => onClose(false)}
            />
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

interface ChoicesProps {
  choices: readonly BulkChoice[];
  chosen: BulkChoice;
  onChoose: (choice: BulkChoice) => void;
}

function Choices({ choices, chosen, onChoose }: ChoicesProps) {
  return (
    <fieldset className="mb-4 space-y-1.5">
      <legend className="sr-only">Which tasks</legend>
      {choices.map((choice) => (
        <label
          key={choice.label}
          className="flex cursor-pointer items-start gap-3 rounded-lg border px-3 py-2.5 hover:bg-muted has-checked:border-primary has-focus-visible:outline-2 has-focus-visible:outline-ring has-checked:bg-primary/5"
        >
          <input
            type="radio"
            name="choice"
            className="mt-1 accent-primary outline-none"
            checked={choice === chosen}
            onChange={() => onChoose(choice)}
          />
          <span className="min-w-0">
            <span className="block font-medium">{choice.label}</span>
            {choice.hint && <span className="block text-muted-foreground text-sm">{choice.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

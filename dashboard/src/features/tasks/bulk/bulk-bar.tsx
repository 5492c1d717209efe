import { Ban, CheckCheck, Download, RotateCw, X } from 'lucide-react';
import { useState } from 'react';
import type { BulkTarget } from '@/api/bulk';
import type { BulkAction, Task, TaskFilter } from '@/api/types';
import { number, plural } from '@/lib/format';
import { BULK } from '@/ui/bulk/words';
import { Button } from '@/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { MOST_EXPORTED, readAll, saveTasks } from './export';

/** What was asked for, with the tasks as they were selected then. */
export interface Asked {
  action: BulkAction;
  title: string;
  description: string;
  target: BulkTarget;
}

interface BulkBarProps {
  selected: readonly Task[];
  /** All rows that are shown are selected, and the server has more that match. */
  mayTakeAll: boolean;
  filter: TaskFilter;
  canWrite: boolean;
  onAsk: (asked: Asked) => void;
  onClear: () => void;
}

const ACTIONS: [BulkAction, typeof Ban][] = [
  ['cancel', Ban],
  ['retry', RotateCw],
  ['review', CheckCheck],
];

const ABOUT: Record<BulkAction, string> = {
  cancel: 'What runs is stopped and what waits never starts. Tasks that are over stay as they are.',
  retry: 'Each that is over gets another run with the same prompt and limits. Each run costs money.',
  review: 'They leave “Needs review” and stay under “All”.',
};

/** Without a state the API means no others by “all”. */
const RETRY_ALL = 'Each that failed gets another run with the same prompt and limits. Each run costs money.';

const everythingOf = ({ scope, ...filter }: TaskFilter): BulkTarget => ({ filter, ...(scope ? { scope } : {}) });

/** What can be done with the selected rows; it takes the place of the filters while there are any. */
export default function BulkBar({ selected, mayTakeAll, filter, canWrite, onAsk, onClear }: BulkBarProps) {
  const [all, setAll] = useState(false);
  const everything = all && mayTakeAll;
  const target: BulkTarget = everything ? everythingOf(filter) : { ids: selected.map((task) => task.id) };
  const ask = (action: BulkAction) =>
    onAsk({
      action,
      target,
      title: BULK[action].deed(everything ? 'all matching tasks' : plural(selected.length, 'task')),
      description: action === 'retry' && everything && !filter.state ? RETRY_ALL : ABOUT[action],
    });
  const save = async (format: 'csv' | 'json') => {
    try {
      const { tasks, more } = everything ? await readAll(filter) : { tasks: selected, more: false };
      saveTasks(tasks, format);
      if (more) toast.info(`The newest ${number(MOST_EXPORTED)} tasks were exported`);
    } catch (error) {
      toast.error('Nothing was exported', error);
    }
  };
  return (
    <section
      aria-label="Selected tasks"
      className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2 max-md:relative"
    >
      <p role="status" className="font-medium text-sm tabular-nums">
        {everything ? 'All matching tasks selected' : `${number(selected.length)} selected`}
      </p>
      {mayTakeAll && (
        <Button variant="link" size="inline" className="text-sm" onClick={() => setAll(!all)}>
          {all ? `Only the ${number(selected.length)} shown` : 'Select all that match'}
        </Button>
      )}
      <div className="flex flex-wrap items-center gap-2 md:ml-auto">
        {canWrite &&
          ACTIONS.map(([name, Icon]) => (
            <Button key={name} variant={BULK[name].danger ? 'danger' : 'outline'} size="sm" onClick={() => ask(name)}>
              <Icon aria-hidden />
              {BULK[name].verb}
            </Button>
          ))}
        <Menu>
          <MenuTrigger asChild>
            <Button variant="outline" size="sm">
              <Download aria-hidden />
              {/* On a phone all of them fit beside each other so. */}
              <span className="max-md:sr-only">Export</span>
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={() => void save('csv')}>CSV, for a spreadsheet</MenuItem>
            <MenuItem onSelect={() => void save('json')}>JSON, as the API gives it</MenuItem>
          </MenuContent>
        </Menu>
        <Button
          variant="ghost"
          size="icon"
          aria-label="Clear the selection"
          className="max-md:-top-1.5 max-md:absolute max-md:right-0"
          onClick={onClear}
        >
          <X aria-hidden />
        </Button>
      </div>
    </section>
  );
}

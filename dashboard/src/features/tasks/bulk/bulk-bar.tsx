import { Ban, CheckCheck, Download, RotateCw, X } from 'lucide-react';
import { useState } from 'react';
import type { BulkTarget } from '@/api/bulk';
import type { BulkAction } from '@/api/soon';
import type { Task, TaskFilter } from '@/api/types';
import { number } from '@/lib/format';
import { Button } from '@/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { BulkDialog } from './bulk-dialog';
import { MOST_EXPORTED, readAll, saveTasks } from './export';
import { BULK } from './words';

interface BulkBarProps {
  selected: readonly Task[];
  /** All rows that are shown are selected, and the server has more that match. */
  mayTakeAll: boolean;
  filter: TaskFilter;
  canWrite: boolean;
  onClear: () => void;
}

const ACTIONS: [BulkAction, typeof Ban][] = [
  ['cancel', Ban],
  ['retry', RotateCw],
  ['review', CheckCheck],
];

const everythingOf = ({ scope, ...filter }: TaskFilter): BulkTarget => ({ filter, ...(scope ? { scope } : {}) });

/** What can be done with the selected rows; it takes the place of the filters while there are any. */
export default function BulkBar({ selected, mayTakeAll, filter, canWrite, onClear }: BulkBarProps) {
  const [all, setAll] = useState(false);
  const [action, setAction] = useState<BulkAction>();
  const everything = all && mayTakeAll;
  const target: BulkTarget = everything ? everythingOf(filter) : { ids: selected.map((task) => task.id) };
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
    <section aria-label="Selected tasks" className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
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
            <Button
              key={name}
              variant={BULK[name].danger ? 'danger' : 'outline'}
              size="sm"
              onClick={() => setAction(name)}
            >
              <Icon aria-hidden />
              {BULK[name].verb}
            </Button>
          ))}
        <Menu>
          <MenuTrigger asChild>
            <Button variant="outline" size="sm">
              <Download aria-hidden />
              Export
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={() => void save('csv')}>CSV, for a spreadsheet</MenuItem>
            <MenuItem onSelect={() => void save('json')}>JSON, as the API gives it</MenuItem>
          </MenuContent>
        </Menu>
        <Button variant="ghost" size="icon" aria-label="Clear the selection" onClick={onClear}>
          <X aria-hidden />
        </Button>
      </div>
      {action && (
        <BulkDialog
          action={action}
          target={target}
          count={everything ? undefined : selected.length}
          onClose={(done) => {
            setAction(undefined);
            if (done) onClear();
          }}
        />
      )}
    </section>
  );
}

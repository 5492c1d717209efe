import { useQueryClient } from '@tanstack/react-query';
import { ChevronDown, CircleX, Pause, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { QueueView } from '@/api/types';
import { BulkDialog } from '@/ui/bulk/bulk-dialog';
import { Button } from '@/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { queueQuery } from './api';
import { PauseDialog } from './pause-dialog';
import { SWEEPS, type Sweep } from './sweep';

export function QueueActions({ view }: { view: QueueView }) {
  const [pausing, setPausing] = useState(false);
  const [sweep, setSweep] = useState<Sweep>();
  const client = useQueryClient();
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="outline" size="sm">
            All tasks
            <ChevronDown aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setSweep('retry')}>
            <RotateCcw aria-hidden />
            Retry all that failed…
          </MenuItem>
          <MenuItem danger onSelect={() => setSweep('cancel')}>
            <CircleX aria-hidden />
            Cancel all…
          </MenuItem>
        </MenuContent>
      </Menu>
      {!view.paused && (
        <Button variant="outline" size="sm" onClick={() => setPausing(true)}>
          <Pause aria-hidden />
          Pause
        </Button>
      )}
      <PauseDialog open={pausing} onOpenChange={setPausing} running={view.running} />
      {sweep && (
        <BulkDialog
          action={sweep}
          {...SWEEPS[sweep]}
          onClose={() => {
            setSweep(undefined);
            void client.invalidateQueries(queueQuery);
          }}
        />
      )}
    </>
  );
}

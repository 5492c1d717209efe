import { ChevronDown, CircleX, Pause, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { QueueView } from '@/api/soon';
import { Button } from '@/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { BulkDialog } from './bulk-dialog';
import { PauseDialog } from './pause-dialog';
import type { Sweep } from './sweep';

export function QueueActions({ view }: { view: QueueView }) {
  const [pausing, setPausing] = useState(false);
  const [bulk, setBulk] = useState<Sweep | null>(null);
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
          <MenuItem onSelect={() => setBulk('retry')}>
            <RotateCcw aria-hidden />
            Retry all that failed…
          </MenuItem>
          <MenuItem danger onSelect={() => setBulk('cancel')}>
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
      {bulk && <BulkDialog action={bulk} onClose={() => setBulk(null)} />}
    </>
  );
}

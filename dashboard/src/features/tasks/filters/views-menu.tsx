import { Bookmark, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from '@/ui/menu';
import { countFilters, type TaskSearch } from '../search';
import { useSavedViews } from './saved-views';

/** Searches under a name: choose one, keep this one, forget one. Loaded where there is any to choose or to keep. */
export default function ViewsMenu({
  search,
  onChoose,
}: {
  search: TaskSearch;
  onChoose: (search: TaskSearch) => void;
}) {
  const { views, remove } = useSavedViews();
  const [naming, setNaming] = useState(false);
  const worthSaving = countFilters(search) > 0;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="outline" size="icon" className="size-9" aria-label="Saved views">
            <Bookmark aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end" className="w-60">
          <MenuLabel>Saved views</MenuLabel>
          {views.map((view) => (
            <MenuItem key={view.name} onSelect={() => onChoose(view.search)}>
              <span className="min-w-0 flex-1 truncate">{view.name}</span>
            </MenuItem>
          ))}
          {views.length > 0 && <MenuSeparator />}
          <MenuItem disabled={!worthSaving} onSelect={() => setNaming(true)}>
            <Bookmark aria-hidden />
            Save these filters…
          </MenuItem>
          {views
            .filter((view) => JSON.stringify(view.search) === JSON.stringify(search))
            .map((view) => (
              <MenuItem key={view.name} danger onSelect={() => remove(view.name)}>
                <Trash2 aria-hidden />
                Forget “{view.name}”
              </MenuItem>
            ))}
        </MenuContent>
      </Menu>
      {naming && <NameDialog search={search} onClose={() => setNaming(false)} />}
    </>
  );
}

function NameDialog({ search, onClose }: { search: TaskSearch; onClose: () => void }) {
  const [name, setName] = useState('');
  const save = useSavedViews((state) => state.save);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(name.trim(), search);
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title="Save these filters" description="They are kept in this browser.">
        <form onSubmit={submit}>
          <Field label="Name">
            {(control) => (
              <Input
                {...control}
                autoFocus
                required
                maxLength={60}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <DialogActions>
            <Button type="submit" disabled={!name.trim()}>
              Save
            </Button>
          </DialogActions>
        </form>
      </DialogContent>
    </Dialog>
  );
}

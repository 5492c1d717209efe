import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { CornerDownLeft, Keyboard, MoonStar, Plus, Search } from 'lucide-react';
import { type ReactNode, useDeferredValue, useEffect, useState } from 'react';
import { api, body } from '@/api/client';
import { useRole } from '@/api/me';
import { taskKeys } from '@/api/tasks';
import { useAppearance } from '@/lib/appearance';
import { clean } from '@/lib/clean';
import { navFor } from '@/lib/nav';
import { groupShortcuts, keyNames, type Shortcut, useShortcutRegistry } from '@/lib/shortcuts';
import { useDebounced } from '@/lib/use-debounced';
import { Kbd } from '@/ui/kbd';
import { StateChip } from '@/ui/state-chip';
import { Time } from '@/ui/time';
import { openOverlay } from './overlays';

/** Goes anywhere and does anything by name: pages, what the page's shortcuts do, and tasks by their words. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const role = useRole();
  const [text, setText] = useState('');
  const tasks = useTaskSearch(text);
  const [chosen, setChosen] = useState('');
  // What the server finds comes above what was first before; Enter is for what one sees first.
  const first = tasks.data?.[0]?.id;
  useEffect(() => setChosen(first ? `${first} ${text}` : ''), [first, text]);
  const actions = usePageActions();
  const act = (action: () => void) => () => {
    onClose();
    // After the dialog has given the focus back.
    requestAnimationFrame(action);
  };
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Search and commands"
      loop
      filter={everyWord}
      value={chosen}
      onValueChange={setChosen}
      overlayClassName="fixed inset-0 z-40 animate-fade bg-overlay"
      contentClassName="fixed top-[12vh] left-1/2 z-50 w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 animate-pop overflow-hidden rounded-xl border bg-card shadow-float"
    >
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Find a task, a page, a command…"
          className="h-12 w-full bg-transparent outline-none placeholder:text-muted-foreground"
        />
        <Kbd>Esc</Kbd>
      </div>
      <Command.List className="max-h-[min(26rem,60vh)] overflow-y-auto p-1.5 [scroll-padding-block:0.5rem]">
        <Command.Empty className="px-3 py-8 text-center text-muted-foreground">
          {tasks.isFetching ? 'Looking…' : `Nothing found for “${clean(text)}”.`}
        </Command.Empty>
        {tasks.data && tasks.data.length > 0 && (
          <Group heading="Tasks">
            {tasks.data.map((task) => (
              <Item
                key={task.id}
                // What the server found is found, whatever the words of the title are.
                value={`${task.id} ${text}`}
                onSelect={act(() => void navigate({ to: '/tasks/$taskId', params: { taskId: task.id } }))}
              >
                <span className="w-25 shrink-0">
                  <StateChip state={task.state} />
                </span>
                <span className="min-w-0 flex-1 truncate">{clean(task.title)}</span>
                <Time at={task.created_at} className="text-muted-foreground text-xs" />
              </Item>
            ))}
          </Group>
        )}
        <Group heading="Go to">
          {navFor(role).map(({ to, label, icon: Icon }) => (
            <Item key={to} value={`Go to ${label}`} onSelect={act(() => void navigate({ to }))}>
              <Icon aria-hidden className="size-4 text-muted-foreground" />
              {label}
            </Item>
          ))}
        </Group>
        <Group heading="Do">
          <Item value="New task create" onSelect={act(() => void navigate({ to: '/tasks/new' }))}>
            <Plus aria-hidden className="size-4 text-muted-foreground" />
            New task
          </Item>
          {actions.map((action) => (
            <Item key={action.label} value={`${action.label} ${action.group}`} onSelect={act(() => run(action))}>
              <CornerDownLeft aria-hidden className="size-4 text-muted-foreground" />
              <span className="flex-1">{action.label}</span>
              <Keys of={action} />
            </Item>
          ))}
          <Item value="Toggle theme dark light appearance" onSelect={act(toggleTheme)}>
            <MoonStar aria-hidden className="size-4 text-muted-foreground" />
            Switch between light and dark
          </Item>
          <Item value="Keyboard shortcuts help" onSelect={act(() => openOverlay('shortcuts'))}>
            <Keyboard aria-hidden className="size-4 text-muted-foreground" />
            Keyboard shortcuts
          </Item>
        </Group>
      </Command.List>
    </Command.Dialog>
  );
}

function useTaskSearch(text: string) {
  const words = useDebounced(text.trim(), 150);
  return useQuery({
    queryKey: [...taskKeys.all, 'search', words],
    queryFn: async ({ signal }) => {
      const query = words ? { q: words, limit: 8 } : { limit: 5 };
      return (await body(api.GET('/v1/tasks', { params: { query }, signal }))).items;
    },
    placeholderData: (known) => known,
    staleTime: 10_000,
  });
}

/** What the page behind can do, without what is only a movement within it. */
function usePageActions(): Shortcut[] {
  const layers = useDeferredValue(useShortcutRegistry((registry) => registry.layers));
  return groupShortcuts(layers)
    .filter(([group]) => group !== 'Everywhere')
    .flatMap(([, shortcuts]) => shortcuts)
    .filter((shortcut) => !/^(?:next|previous|open|select)\b/i.test(shortcut.label));
}

/** Every word that is typed occurs. No guessing: what is listed is what was meant. */
const everyWord = (value: string, typed: string) =>
  typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => value.toLowerCase().includes(word))
    ? 1
    : 0;

const run = (shortcut: Shortcut) => shortcut.run(new KeyboardEvent('keydown'));

function toggleTheme() {
  const dark = document.documentElement.classList.contains('dark');
  useAppearance.getState().set({ theme: dark ? 'light' : 'dark' });
}

function Keys({ of }: { of: Shortcut }) {
  const first = typeof of.keys === 'string' ? of.keys : of.keys[0];
  return (
    <span className="flex gap-1">
      {keyNames(first ?? '').map((name) => (
        <Kbd key={name}>{name}</Kbd>
      ))}
    </span>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-muted-foreground [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

function Item({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-muted"
    >
      {children}
    </Command.Item>
  );
}

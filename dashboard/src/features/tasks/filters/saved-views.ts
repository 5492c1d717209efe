import { create } from 'zustand';
import { read, write } from '@/lib/storage';
import { parseTaskSearch, type TaskSearch } from '../search';

interface SavedView {
  name: string;
  search: TaskSearch;
}

interface SavedViews {
  views: readonly SavedView[];
  save: (name: string, search: TaskSearch) => void;
  remove: (name: string) => void;
}

/** Searches under a name, in this browser. */
export const useSavedViews = create<SavedViews>()((set, get) => {
  const keep = (views: readonly SavedView[]) => {
    write('task-views', views);
    set({ views });
  };
  return {
    views: read('task-views', parseViews) ?? [],
    save: (name, search) => keep([...get().views.filter((view) => view.name !== name), { name, search }]),
    remove: (name) => keep(get().views.filter((view) => view.name !== name)),
  };
});

function parseViews(stored: unknown): SavedView[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  return stored.flatMap((view: Partial<Record<keyof SavedView, unknown>> | null) =>
    typeof view?.name === 'string' && typeof view.search === 'object' && view.search !== null
      ? [{ name: view.name, search: parseTaskSearch(view.search as Record<string, unknown>) }]
      : [],
  );
}

/** Which rows are selected, in terms of the rows that are shown. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** Where a range with Shift begins. */
  anchor: string | undefined;
}

export const NOTHING: Selection = { ids: new Set(), anchor: undefined };

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** All from the anchor to `id`, whichever is first. Without an anchor in sight it is a plain toggle. */
export function extendTo(selection: Selection, id: string, rows: readonly string[]): Selection {
  const from = selection.anchor === undefined ? -1 : rows.indexOf(selection.anchor);
  const to = rows.indexOf(id);
  if (from < 0 || to < 0) return toggle(selection, id);
  const range = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor };
}

export const selectAll = (rows: readonly string[]): Selection => ({ ids: new Set(rows), anchor: undefined });

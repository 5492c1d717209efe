type Part = { key: string; label: string; count: number; why?: string; color: string };

/** Counts as bars beside their names, the whole in one line on top. */
export function Breakdown({ title, parts, empty }: { title: string; parts: Part[]; empty: string }) {
  const sum = parts.reduce((all, part) => all + part.count, 0);
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="text-sm font-medium">{title}</h2>
      <div aria-hidden className="mt-3 flex h-2 gap-px overflow-hidden rounded-full bg-muted">
        {parts.map(
          (part) =>
            part.count > 0 && (
              <span key={part.key} style={{ flexGrow: part.count, background: part.color }} className="min-w-1" />
            ),
        )}
      </div>
      {sum === 0 ? (
        <p className="mt-3 text-sm text-muted-foreground">{empty}</p>
      ) : (
        <dl className="mt-3 space-y-1.5 text-sm">
          {parts.map((part) => (
            <div key={part.key} title={part.why} className={part.count === 0 ? 'flex text-muted-foreground' : 'flex'}>
              <dt className="flex min-w-0 items-center gap-2">
                <span aria-hidden className="size-2 shrink-0 rounded-[2px]" style={{ background: part.color }} />
                <span className="truncate">{part.label}</span>
                {part.why && <span className="sr-only">: {part.why}</span>}
              </dt>
              <dd className="ml-auto pl-3 font-medium tabular-nums">{part.count.toLocaleString('en')}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

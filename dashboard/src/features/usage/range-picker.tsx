import { CalendarRange } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Popover, PopoverContent, PopoverTrigger } from '@/ui/popover';
import { ZoneSelect } from '@/ui/zone-select';
import { type Day, isDay, length, span } from './days';
import {
  MAX_DAYS,
  PRESET_LABELS,
  PRESETS,
  type Preset,
  type Range,
  type SearchPatch,
  type UsageSearch,
} from './search';

interface RangePickerProps {
  search: UsageSearch;
  range: Range;
  zone: string;
  today: Day;
  onChange: (patch: SearchPatch) => void;
}

/** Presets for what is asked often, two dates for the rest, and the zone in which a day begins. */
export function RangePicker({ search, range, zone, today, onChange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const custom = search.from !== undefined;
  const preset = custom ? undefined : (search.range ?? '30d');
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" size="sm">
          <CalendarRange aria-hidden />
          {preset ? PRESET_LABELS[preset] : span(range.from, range.to)}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label="Range">
        <Presets
          chosen={preset}
          onPick={(range) => {
            onChange({ range, from: undefined, to: undefined });
            setOpen(false);
          }}
        />
        <CustomRange
          key={`${range.from}${range.to}`}
          range={range}
          today={today}
          onApply={(picked) => {
            onChange({ ...picked, range: undefined });
            setOpen(false);
          }}
        />
        <ZoneField zone={zone} onChange={(tz) => onChange({ tz })} />
      </PopoverContent>
    </Popover>
  );
}

function Presets({ chosen, onPick }: { chosen: Preset | undefined; onPick: (preset: Preset) => void }) {
  return (
    <ul className="grid grid-cols-2 gap-1.5" aria-label="Presets">
      {PRESETS.map((preset) => (
        <li key={preset}>
          <Button
            variant="outline"
            size="sm"
            className="w-full aria-pressed:border-primary aria-pressed:text-primary"
            aria-pressed={chosen === preset}
            onClick={() => onPick(preset)}
          >
            {PRESET_LABELS[preset]}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** What is wrong with two dates, in words; nothing, if they are a range. */
function rangeFault(from: string, to: string): string | undefined {
  if (!isDay(from) || !isDay(to)) return 'Give both days.';
  if (from > to) return 'The first day is after the last.';
  if (length(from, to) > MAX_DAYS) return `At most ${MAX_DAYS} days at once.`;
  return undefined;
}

function CustomRange({ range, today, onApply }: { range: Range; today: Day; onApply: (range: Range) => void }) {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const [tried, setTried] = useState(false);
  const fault = rangeFault(from, to);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!fault) onApply({ from, to });
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 border-t pt-4">
      <div className="grid grid-cols-2 gap-2">
        <Field label="First day">
          {(control) => (
            <Input
              {...control}
              type="date"
              max={today}
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
          )}
        </Field>
        <Field label="Last day">
          {(control) => (
            <Input {...control} type="date" max={today} value={to} onChange={(event) => setTo(event.target.value)} />
          )}
        </Field>
      </div>
      {tried && fault && (
        <p role="alert" className="mt-2 text-danger text-sm">
          {fault}
        </p>
      )}
      <Button type="submit" size="sm" className="mt-3 w-full">
        Show these days
      </Button>
    </form>
  );
}

function ZoneField({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  return (
    <Field label="A day begins in" className="mt-4 border-t pt-4">
      {(control) => <ZoneSelect {...control} value={zone} onChange={onChange} />}
    </Field>
  );
}

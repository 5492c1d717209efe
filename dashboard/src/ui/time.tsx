import { useAppearance } from '@/lib/appearance';
import { ago, dateTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { Tooltip } from './tooltip';

/** "3m ago" that keeps its word; the whole date and zone on hover and focus. */
export function Time({ at, className, focusable }: { at: string; className?: string; focusable?: boolean }) {
  const now = useNow();
  const timeZone = useAppearance((appearance) => appearance.timeZone);
  const whole = dateTime(at, timeZone);
  return (
    <Tooltip label={whole}>
      <time dateTime={at} className={className} {...(focusable ? { tabIndex: 0 } : {})}>
        {ago(at, now)}
      </time>
    </Tooltip>
  );
}

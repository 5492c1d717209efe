import { useAppearance } from '@/lib/appearance';

/** The zone of the settings: the browser's own, unless another was chosen. */
export function useTimeZone(): string {
  const chosen = useAppearance((appearance) => appearance.timeZone);
  return chosen ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

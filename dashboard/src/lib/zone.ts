import { useAppearance } from './appearance';

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone of the settings: the browser's own, unless another was chosen. */
export const timeZone = () => useAppearance.getState().timeZone ?? here();
export const useTimeZone = () => useAppearance((appearance) => appearance.timeZone) ?? here();

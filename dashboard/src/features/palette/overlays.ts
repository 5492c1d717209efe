import { create } from 'zustand';

type Overlay = 'palette' | 'shortcuts';

/** Which of the two is open. Apart from them, so that the shell opens them without having loaded them. */
export const useOverlay = create<{ open: Overlay | undefined }>()(() => ({ open: undefined }));

export const openOverlay = (overlay: Overlay) => useOverlay.setState({ open: overlay });
export const closeOverlay = () => useOverlay.setState({ open: undefined });

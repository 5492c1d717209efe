import { create } from 'zustand';
import { read, write } from '@/lib/storage';
import { toast } from './toast';

const KEY = 'notify-on-end';
type Wish = { isWanted: boolean };
export const useNotifyOnEnd = create<Wish>()(() => ({
  isWanted: read(KEY, (value) => (value === true ? true : undefined)) ?? false,
}));

export const canNotify = () => typeof Notification !== 'undefined';

/** The browser asks for leave at the moment at which it is wanted, and not before. */
export async function setNotifyOnEnd(isWanted: boolean) {
  if (isWanted && (await Notification.requestPermission()) !== 'granted') {
    toast.error('The browser does not let this page notify you');
    return;
  }
  write(KEY, isWanted || undefined);
  useNotifyOnEnd.setState({ isWanted });
}

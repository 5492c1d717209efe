import { create } from 'zustand';
import { read, write } from '@/lib/storage';

type Permission = NotificationPermission | 'unsupported';

interface NotificationChoice {
  /** Wanted here and allowed by the browser. */
  on: boolean;
  permission: Permission;
  turn: (on: boolean) => Promise<void>;
}

const KEY = 'notify-on-end';

const permission = (): Permission => ('Notification' in globalThis ? Notification.permission : 'unsupported');

/** The browser is asked only when somebody turns it on. */
export const useNotifications = create<NotificationChoice>()((set) => ({
  on: permission() === 'granted' && read(KEY, (value) => value === true) === true,
  permission: permission(),
  async turn(on) {
    if (!on) {
      write(KEY, undefined);
      set({ on: false });
      return;
    }
    const answer = permission() === 'default' ? await Notification.requestPermission() : permission();
    write(KEY, answer === 'granted' ? true : undefined);
    set({ on: answer === 'granted', permission: answer });
  },
}));

import { create } from 'zustand';
import { toProblem } from '@/api/problem';

export type ToastTone = 'success' | 'info' | 'error';

export interface Toast {
  readonly id: number;
  readonly tone: ToastTone;
  readonly title: string;
  readonly description?: string | undefined;
}

/** More than these are not read: the oldest makes room. */
const MOST = 3;

let last = 0;

/** What is said in the corner now, the newest last. */
export const useToasts = create<readonly Toast[]>()(() => []);

function say(tone: ToastTone, title: string, description?: string): void {
  last += 1;
  const said: Toast = { id: last, tone, title, description };
  useToasts.setState((shown) => [...shown, said].slice(-MOST), true);
}

export function dismiss(id: number): void {
  useToasts.setState((shown) => shown.filter((toast) => toast.id !== id), true);
}

interface ToastOptions {
  description?: string;
}

/** Short messages in the corner. */
export const toast = {
  success: (title: string, options?: ToastOptions) => say('success', title, options?.description),
  info: (title: string) => say('info', title),
  /** `what` was tried and failed: "The task was not canceled". */
  error: (what: string, error?: unknown) =>
    say('error', what, error === undefined ? undefined : toProblem(error).message),
};

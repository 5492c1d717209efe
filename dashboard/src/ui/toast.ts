import { toProblem } from '@/api/problem';

type Sonner = typeof import('sonner')['toast'];
let loading: Promise<Sonner> | undefined;

/** Without a network it cannot come: then nothing is said now, and the next one tries again. */
function say(what: (toast: Sonner) => void): void {
  loading ??= import('sonner').then((module) => module.toast);
  loading.then(what, () => {
    loading = undefined;
  });
}

interface ToastOptions {
  description?: string;
  action?: { label: string; onClick: () => void };
}

/** Short messages in the corner. The library comes with the first of them. */
export const toast = {
  success: (title: string, options?: ToastOptions) => say((toast) => toast.success(title, options)),
  info: (title: string, options?: ToastOptions) => say((toast) => toast(title, options)),
  /** `what` was tried and failed: "The task was not canceled". */
  error: (what: string, error?: unknown) => {
    const description = error === undefined ? undefined : toProblem(error).message;
    say((toast) => toast.error(what, description === undefined ? {} : { description }));
  },
};

import { toProblem } from '@/api/problem';

type Sonner = typeof import('sonner')['toast'];
let loading: Promise<Sonner> | undefined;
const sonner = () => {
  loading ??= import('sonner').then((module) => module.toast);
  return loading;
};

interface ToastOptions {
  description?: string;
  action?: { label: string; onClick: () => void };
}

/** Short messages in the corner. The library comes with the first of them. */
export const toast = {
  success: (title: string, options?: ToastOptions) => void sonner().then((toast) => toast.success(title, options)),
  info: (title: string, options?: ToastOptions) => void sonner().then((toast) => toast(title, options)),
  /** `what` was tried and failed: "The task was not canceled". */
  error: (what: string, error?: unknown) => {
    const description = error === undefined ? undefined : toProblem(error).message;
    void sonner().then((toast) => toast.error(what, description === undefined ? {} : { description }));
  },
};

import { createFileRoute } from '@tanstack/react-router';
import { SignInPage } from '@/features/auth/sign-in-page';

export const Route = createFileRoute('/login')({
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === 'string' ? { next: search.next } : {},
  component: function Login() {
    return <SignInPage next={Route.useSearch().next} />;
  },
});

import { createFileRoute } from '@tanstack/react-router';
import { Profile } from '@/features/settings/profile';

export const Route = createFileRoute('/settings/')({ component: Profile });

import { createFileRoute } from '@tanstack/react-router';
import { Keys } from '@/features/settings/keys';

export const Route = createFileRoute('/settings/keys')({ component: Keys });

import { createFileRoute } from '@tanstack/react-router';
import { LimitsPage } from '@/features/admin/limits';

export const Route = createFileRoute('/admin/limits')({ component: LimitsPage });

import { createFileRoute } from '@tanstack/react-router';
import { Health } from '@/features/admin/health';

export const Route = createFileRoute('/admin/health')({ component: Health });

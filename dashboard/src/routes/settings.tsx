import { createFileRoute } from '@tanstack/react-router';
import { PageHeader } from '@/ui/page-header';

export const Route = createFileRoute('/settings')({ component: () => <PageHeader title="Settings" /> });

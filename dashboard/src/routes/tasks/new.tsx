import { createFileRoute } from '@tanstack/react-router';
import { PageHeader } from '@/ui/page-header';

export const Route = createFileRoute('/tasks/new')({ component: () => <PageHeader title="New task" /> });

import { createFileRoute } from '@tanstack/react-router';
import { PageHeader } from '@/ui/page-header';

export const Route = createFileRoute('/tasks/')({ component: () => <PageHeader title="Tasks" /> });

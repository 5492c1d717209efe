import type { LinkProps } from '@tanstack/react-router';
import { ChartColumn, Layers, ListTodo, type LucideIcon, Settings2, ShieldCheck } from 'lucide-react';
import type { Role } from '@/api/types';

interface NavEntry {
  to: NonNullable<LinkProps['to']>;
  label: string;
  icon: LucideIcon;
  /** Who sees it; all where it is absent. The API refuses the others anyway. */
  only?: Role;
}

const NAV: readonly NavEntry[] = [
  { to: '/tasks', label: 'Tasks', icon: ListTodo },
  { to: '/queue', label: 'Queue', icon: Layers, only: 'admin' },
  { to: '/usage', label: 'Usage', icon: ChartColumn },
  { to: '/settings', label: 'Settings', icon: Settings2 },
  { to: '/admin', label: 'Admin', icon: ShieldCheck, only: 'admin' },
];

export const navFor = (role: Role | undefined) => NAV.filter((entry) => !entry.only || entry.only === role);

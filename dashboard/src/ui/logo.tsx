import { cn } from '@/lib/cn';

/** The way of an errand: from where one stands to where it is done. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cn('size-7 text-primary', className)}>
      <rect width="32" height="32" rx="8" fill="currentColor" />
      <g
        fill="none"
        className="stroke-primary-foreground"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d="M9 22.5h6.5a4 4 0 0 0 4-4v-4a4 4 0 0 1 4-4" />
        <path d="M20.2 12.2 23.5 8l3.3 4.2" />
      </g>
      <circle cx="9" cy="22.5" r="3" className="fill-primary-foreground" />
    </svg>
  );
}

import { Check, ChevronDown } from 'lucide-react';
import { Select as S } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { inputClasses } from './input';

export interface SelectOption<T extends string> {
  value: T;
  label: ReactNode;
  hint?: ReactNode;
}

interface SelectProps<T extends string> {
  value: T;
  onChange: (value: T) => void;
  options: readonly SelectOption<T>[];
  id?: string;
  className?: string;
  disabled?: boolean;
  'aria-label'?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: true | undefined;
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  className,
  disabled,
  ...trigger
}: SelectProps<T>) {
  return (
    <S.Root value={value} onValueChange={(next) => onChange(next as T)} disabled={disabled ?? false}>
      <S.Trigger
        data-slot="select"
        className={cn(inputClasses, 'inline-flex h-9 items-center justify-between gap-2 text-left', className)}
        {...trigger}
      >
        <span className="truncate">
          <S.Value />
        </span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      </S.Trigger>
      <S.Portal>
        <S.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-[var(--radix-select-content-available-height)] min-w-[var(--radix-select-trigger-width)] animate-pop overflow-hidden rounded-lg border bg-card shadow-float"
        >
          <S.Viewport className="p-1">
            {options.map((option) => (
              <S.Item
                key={option.value}
                value={option.value}
                className="flex cursor-default select-none items-center gap-2 rounded-md py-1.5 pr-8 pl-2 text-sm outline-none data-[highlighted]:bg-muted"
              >
                <span className="grid">
                  <S.ItemText>{option.label}</S.ItemText>
                  {option.hint && <span className="text-muted-foreground text-xs">{option.hint}</span>}
                </span>
                <S.ItemIndicator className="absolute right-3">
                  <Check aria-hidden className="size-4" />
                </S.ItemIndicator>
              </S.Item>
            ))}
          </S.Viewport>
        </S.Content>
      </S.Portal>
    </S.Root>
  );
}

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/button';
import type { FieldControl } from '@/ui/field';
import { Input } from '@/ui/input';

interface PasswordInputProps {
  control: FieldControl;
  value: string;
  onChange: (value: string) => void;
  autoComplete: 'current-password' | 'new-password';
  autoFocus?: boolean;
  minLength?: number;
}

/** A password that its writer can look at. */
export function PasswordInput({ control, value, onChange, ...input }: PasswordInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        {...control}
        {...input}
        type={shown ? 'text' : 'password'}
        required
        className="pr-10"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <Button
        variant="ghost"
        size="icon-sm"
        className="absolute top-1 right-1"
        aria-pressed={shown}
        aria-label="Show password"
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </Button>
    </div>
  );
}

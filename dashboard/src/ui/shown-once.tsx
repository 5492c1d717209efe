import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';

interface ShownOnceProps {
  label: string;
  value: string;
  children?: ReactNode;
}

/** A secret at the only moment at which it can be seen. */
export function ShownOnce({ label, value, children }: ShownOnceProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch (error) {
      toast.error('Nothing was copied: select the text and copy it', error);
    }
  };
  return (
    <div>
      <p className="font-medium text-sm" id="shown-once">
        {label}
      </p>
      <div className="mt-1.5 flex items-stretch gap-2">
        <output
          aria-labelledby="shown-once"
          className="min-w-0 flex-1 select-all break-all rounded-md border bg-muted px-3 py-2 font-mono text-sm"
        >
          {value}
        </output>
        <Button variant="outline" className="h-auto" onClick={() => void copy()}>
          {copied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />}
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      {children && <div className="mt-2 text-muted-foreground text-sm">{children}</div>}
    </div>
  );
}

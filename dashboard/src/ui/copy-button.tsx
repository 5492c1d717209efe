import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button';
import { toast } from './toast';
import { Tooltip } from './tooltip';

/** Copies `text`; the tick says that it is done. */
export function CopyButton({
  text,
  label = 'Copy',
  className,
}: {
  text: string | (() => string);
  label?: string;
  className?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch (error) {
      toast.error('Nothing was copied', error);
    }
  };
  return (
    <Tooltip label={copied ? 'Copied' : label}>
      <Button variant="ghost" size="icon-sm" aria-label={label} className={className} onClick={() => void copy()}>
        {copied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />}
      </Button>
    </Tooltip>
  );
}

import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from './button';
import { Dialog, DialogActions, DialogContent } from './dialog';
import { toast } from './toast';

interface ShownOnceProps {
  title: string;
  description: string;
  /** What the secret is. */
  label: string;
  value: string;
  /** What whoever copies it should know. */
  children: ReactNode;
  onClose: () => void;
}

/** A secret at the only moment at which it can be seen. */
export function ShownOnce({ title, description, label, value, children, onClose }: ShownOnceProps) {
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
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent
        title={title}
        description={description}
        // Only a button closes it: the secret would be gone with one click beside it.
        onInteractOutside={(event) => event.preventDefault()}
        onEscapeKeyDown={(event) => event.preventDefault()}
      >
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
        <div className="mt-2 text-muted-foreground text-sm">{children}</div>
        <DialogActions>
          <Button onClick={onClose}>I have copied it</Button>
        </DialogActions>
      </DialogContent>
    </Dialog>
  );
}

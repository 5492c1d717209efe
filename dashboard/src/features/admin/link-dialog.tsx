// What is shown once looks the same wherever it is shown.

import { Button } from '@/ui/button';
import { Dialog, DialogActions, DialogContent } from '@/ui/dialog';
import { ShownOnce } from '@/ui/shown-once';

interface LinkDialogProps {
  email: string;
  /** A path of this installation, with the token in its fragment. */
  link: string;
  onClose: () => void;
}

/** A one-use link. Errand sends no mail: whoever made the link hands it over. */
export function LinkDialog({ email, link, onClose }: LinkDialogProps) {
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent
        title={`A link for ${email}`}
        description="Copy it now and hand it over yourself. It is shown this once."
        onInteractOutside={(event) => event.preventDefault()}
        onEscapeKeyDown={(event) => event.preventDefault()}
      >
        <ShownOnce label="Link" value={new URL(link, location.origin).href}>
          It works once, for 7 days. Whoever opens it chooses the password of this account, so send it only to them.
        </ShownOnce>
        <DialogActions>
          <Button onClick={onClose}>I have copied it</Button>
        </DialogActions>
      </DialogContent>
    </Dialog>
  );
}

import { ShownOnce } from '@/ui/shown-once';

interface LinkOnceProps {
  email: string;
  /** A path of this installation, with the token in its fragment. */
  link: string;
  onClose: () => void;
}

/** A one-use link. Errand sends no mail: whoever made the link hands it over. */
export function LinkOnce({ email, link, onClose }: LinkOnceProps) {
  return (
    <ShownOnce
      title={`A link for ${email}`}
      description="Copy it now and hand it over yourself. It is shown this once."
      label="Link"
      value={new URL(link, location.origin).href}
      onClose={onClose}
    >
      It works once, for 7 days. Whoever opens it chooses the password of this account, so send it only to them.
    </ShownOnce>
  );
}

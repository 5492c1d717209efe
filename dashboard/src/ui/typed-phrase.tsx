import { Field } from './field';
import { Input } from './input';

interface TypedPhraseProps {
  /** What must be typed, so that no hand does it by habit. */
  phrase: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** For what cannot be undone, or is done to many. */
export function TypedPhrase({ phrase, value, onChange, className }: TypedPhraseProps) {
  return (
    <Field
      {...(className ? { className } : {})}
      label={
        <>
          Type <span className="break-all rounded bg-muted px-1 font-mono text-xs">{phrase}</span> to go on
        </>
      }
    >
      {(control) => (
        <Input
          {...control}
          value={value}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** A phone begins with a capital, and that is not what the question is about. */
export const isTyped = (value: string, phrase: string) => value.trim().toLowerCase() === phrase.toLowerCase();

import { Fragment, memo } from 'react';
import { clean } from '@/lib/clean';
import { Frame } from '../text/block';
import { Capped } from '../text/capped';
import { type Language, languageOf } from './languages';
import { Pieces } from './pieces';
import { useTokens } from './use-tokens';

function Coloured({ text, language }: { text: string; language: Language | undefined }) {
  const lines = useTokens(text, language);
  if (lines === undefined) return text;
  return lines.map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their place
    <Fragment key={index}>
      {index > 0 && '\n'}
      <Pieces pieces={line} />
    </Fragment>
  ));
}

type CodeProps = {
  text: string;
  /** A name as in a fence, or a language. Unknown ones stay in one colour. */
  language: string;
  label?: string;
};

export const Code = memo(function Code({ text, language, label }: CodeProps) {
  const known = languageOf(language);
  return (
    <Frame label={label ?? (known === undefined ? 'Code' : `Code in ${known}`)}>
      <Capped text={clean(text)}>
        {(shown) => (
          <pre>
            <Coloured text={shown} language={known} />
          </pre>
        )}
      </Capped>
    </Frame>
  );
});

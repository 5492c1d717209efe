import { Lexer, type Token, type Tokens } from 'marked';
import { Fragment, memo, type ReactNode, useMemo } from 'react';
import { clean } from '@/lib/clean';
import { Code } from '../highlight/code';
import { Capped } from './capped';

/** What is longer is shown as it is written: nobody reads it, and reading it as Markdown would hold up the page. */
const MOST = 60_000;

/** An address that a click may follow. All others are shown as the text that they are. */
function safeHref(href: string): string | undefined {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function Link({ href, children }: { href: string; children: ReactNode }) {
  const safe = safeHref(href);
  if (safe === undefined) return <span title={clean(href)}>{children}</span>;
  return (
    <a
      href={safe}
      target="_blank"
      rel="noreferrer noopener nofollow"
      className="text-primary underline underline-offset-2"
    >
      {children}
    </a>
  );
}

/** `marked` keeps entities as they are written; of those that matter in prose. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': '\u00a0',
};
const plain = (text: string) => text.replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity);

function inline(tokens: readonly Token[] | undefined): ReactNode {
  return tokens?.map((token, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name
    return <Fragment key={index}>{inlineToken(token)}</Fragment>;
  });
}

function inlineToken(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong>{inline((token as Tokens.Strong).tokens)}</strong>;
    case 'em':
      return <em>{inline((token as Tokens.Em).tokens)}</em>;
    case 'del':
      return <del>{inline((token as Tokens.Del).tokens)}</del>;
    case 'codespan':
      return <code className="run-code">{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link href={(token as Tokens.Link).href}>{inline((token as Tokens.Link).tokens)}</Link>;
    case 'image': {
      // An image would be fetched, and tell its server who reads this.
      const image = token as Tokens.Image;
      return <Link href={image.href}>{image.text || image.href}</Link>;
    }
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'checkbox':
      return null;
    case 'text': {
      const text = token as Tokens.Text;
      return text.tokens ? inline(text.tokens) : plain(text.text);
    }
    default:
      // HTML among it: shown as it is written.
      return token.raw;
  }
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the items of a list have no other name
    <li key={index} className={item.task ? 'run-task' : undefined}>
      {item.task && <span aria-hidden>{item.checked ? '☑ ' : '☐ '}</span>}
      {item.task && <span className="sr-only">{item.checked ? 'done: ' : 'to do: '}</span>}
      <Blocks tokens={item.tokens} tight={!token.loose} />
    </li>
  ));
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token }: { token: Tokens.Table }) {
  const aligned = (index: number) => ({ textAlign: token.align[index] ?? undefined });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <figure tabIndex={0} aria-label="Table" className="overflow-x-auto">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
              <th key={index} style={aligned(index)}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
            <tr key={at}>
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells are known by their place
                <td key={index} style={aligned(index)}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

type BlockProps = { token: Token; tight?: boolean | undefined };

const Block = memo(
  function Block({ token, tight }: BlockProps): ReactNode {
    switch (token.type) {
      case 'heading': {
        // A heading of the agent's is none of the page: its text in bold, so that the page's own outline stays true.
        const heading = token as Tokens.Heading;
        return <p className={heading.depth <= 2 ? 'run-heading text-lg' : 'run-heading'}>{inline(heading.tokens)}</p>;
      }
      case 'paragraph':
        return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
      case 'text': {
        const text = token as Tokens.Text;
        const content = text.tokens ? inline(text.tokens) : plain(text.text);
        return tight ? content : <p>{content}</p>;
      }
      case 'code': {
        const { text, lang } = token as Tokens.Code;
        return <Code text={text} language={lang ?? ''} />;
      }
      case 'list':
        return <List token={token as Tokens.List} />;
      case 'blockquote':
        return (
          <blockquote>
            <Blocks tokens={(token as Tokens.Blockquote).tokens} />
          </blockquote>
        );
      case 'table':
        return <Table token={token as Tokens.Table} />;
      case 'hr':
        return <hr />;
      case 'space':
      case 'def':
      case 'checkbox':
        return null;
      default:
        return <p className="whitespace-pre-wrap">{token.raw}</p>;
    }
  },
  (before, after) => before.token.raw === after.token.raw && before.tight === after.tight,
);

function Blocks({ tokens, tight }: { tokens: readonly Token[]; tight?: boolean | undefined }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text have no other name
  return tokens.map((token, index) => <Block key={index} token={token} tight={tight} />);
}

/** Markdown as elements of ours. No text of an agent's becomes markup: there is no HTML on the way. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const shown = useMemo(() => clean(text), [text]);
  const tokens = useMemo(() => (shown.length > MOST ? null : lex(shown)), [shown]);
  if (tokens === null) return <Capped text={shown}>{(part) => <p className="whitespace-pre-wrap">{part}</p>}</Capped>;
  return (
    <div className="run-prose">
      <Blocks tokens={tokens} />
    </div>
  );
});

/** Deeply nested quotes and lists can exhaust the parser; then the text is shown as it is written. */
function lex(text: string): Token[] | null {
  if (/^[ \t>*+-]{60}/m.test(text)) return null;
  try {
    return Lexer.lex(text, { gfm: true });
  } catch {
    return null;
  }
}

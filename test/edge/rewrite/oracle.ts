import { type DefaultTreeAdapterMap, type DefaultTreeAdapterTypes, html, Parser, type Token } from 'parse5';
import { pageUrl } from './pages.ts';

/** A start tag as parse5 reads it, its tree deciding for its tokenizer what is markup. */
export interface SeenTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The namespace of the element that it became; HTML's where it became none. */
  readonly namespace: string;
}

class Recorder extends Parser<DefaultTreeAdapterMap> {
  readonly tokens: {
    readonly at: number;
    readonly name: string;
    readonly attributes: Record<string, string>;
  }[] = [];

  override onStartTag(token: Token.TagToken): void {
    const attributes = Object.fromEntries(token.attrs.map(({ name, value }) => [name, value]));
    this.tokens.push({ at: token.location?.startOffset ?? -1, name: token.tagName, attributes });
    super.onStartTag(token);
  }
}

/** Every start tag of a page, in order. */
export function startTags(page: string): readonly SeenTag[] {
  const recorder = new Recorder({ sourceCodeLocationInfo: true });
  recorder.tokenizer.write(page, true);
  const namespaces = new Map<number, string>();
  readNamespaces(recorder.document, namespaces);
  return recorder.tokens.map(({ at, name, attributes }) => ({
    name,
    attributes,
    namespace: namespaces.get(at) ?? html.NS.HTML,
  }));
}

function readNamespaces(root: DefaultTreeAdapterTypes.ParentNode, namespaces: Map<number, string>): void {
  const waiting: DefaultTreeAdapterTypes.ParentNode[] = [root];
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    for (const child of parent.childNodes) {
      if (!('tagName' in child)) continue;
      const at = child.sourceCodeLocation?.startOffset;
      if (at !== undefined) namespaces.set(at, child.namespaceURI);
      waiting.push(child);
      if ('content' in child) waiting.push(child.content);
    }
  }
}

/** The start tags that a page should have after every link and form that leads away was given the parameter. */
export function expectedTags(page: string): readonly SeenTag[] {
  let base: string | null = null;
  return startTags(page).flatMap((tag) => {
    const isHtml = tag.namespace === html.NS.HTML;
    const { href, action, method = '' } = tag.attributes;
    if (tag.name === 'base' && isHtml && href !== undefined && base === null) {
      const stated = URL.parse(href, pageUrl);
      base = stated === null || /^(?:data|javascript):/.test(stated.href) ? pageUrl : stated.href;
    }
    const away = (url: string): boolean => leadsAway(url, base ?? pageUrl);
    const isLink = tag.name === 'a' ? tag.namespace !== html.NS.MATHML : tag.name === 'area' && isHtml;
    if (isLink && href !== undefined && away(href)) return [withAttribute(tag, 'href', decorated(href))];
    if (tag.name !== 'form' || !isHtml || action === undefined || !away(action)) return [tag];
    if (method.toLowerCase() === 'dialog') return [tag];
    if (method.toLowerCase() === 'post') return [withAttribute(tag, 'action', decorated(action))];
    const attributes = { type: 'hidden', name: 'tlx', value: 'Z-1' };
    return [tag, { name: 'input', attributes, namespace: html.NS.HTML }];
  });
}

function leadsAway(address: string, base: string): boolean {
  const url = address === '' ? null : URL.parse(address, base);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin !== new URL(pageUrl).origin;
}

function decorated(address: string): string {
  const hash = address.indexOf('#');
  const whole = hash < 0 ? address : address.slice(0, hash);
  // What URL parsing takes off the end.
  const kept = whole.replace(/[\0- ]+$/, '');
  const plain = kept.replace(/[\t\n\r]/g, '');
  const separator = !plain.includes('?') ? '?' : /[?&]$/.test(plain) ? '' : '&';
  return `${kept}${separator}tlx=Z-1${address.slice(kept.length)}`;
}

function withAttribute(tag: SeenTag, name: string, value: string): SeenTag {
  return { ...tag, attributes: { ...tag.attributes, [name]: value } };
}

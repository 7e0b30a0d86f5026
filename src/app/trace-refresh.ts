/** Where and when a page sends the browser on by itself. */
export interface Refresh {
  readonly delaySeconds: number;
  /** The address as written; absent: the page loads itself again. */
  readonly url?: string;
}

/** A meta refresh, and the base address that the page had declared before it. */
export interface MetaRefresh extends Refresh {
  readonly base?: string;
}

const maxRefreshChars = 16_384;

/**
 * Reads a Refresh header or the content of a meta refresh (HTML Living Standard, "shared declarative refresh steps",
 * 2026-11-23); undefined where a browser would ignore it.
 */
export function parseRefresh(text: string): Refresh | undefined {
  const input = text.slice(0, maxRefreshChars).trim();
  const time = /^(?:\d{1,9}|(?=\.))[\d.]*/.exec(input)?.[0];
  if (time === undefined) return undefined;
  const delaySeconds = Number.parseInt(time, 10) || 0;
  const rest = input.slice(time.length);
  if (rest !== '' && !/^[\s;,]/.test(rest)) return undefined;
  const afterSeparator = rest.trimStart().replace(/^[;,]/, '').trimStart();
  const url = unquote(afterSeparator.replace(/^url\s*=/i, '').trimStart());
  return { delaySeconds, ...(url !== '' && { url }) };
}

/**
 * Finds the first meta refresh in the beginning of an HTML page, as a browser with scripting would: what stands in
 * comments, scripts, styles, templates and noscript does not count. One pass; never throws.
 */
export function findMetaRefresh(html: string): MetaRefresh | undefined {
  let base: string | undefined;
  for (const tag of openingTags(html)) {
    if (tag.name === 'base') base ??= tag.attributes.get('href');
    if (tag.name !== 'meta' || tag.attributes.get('http-equiv')?.toLowerCase() !== 'refresh') continue;
    const refresh = parseRefresh(tag.attributes.get('content') ?? '');
    if (refresh !== undefined) return { ...refresh, ...(base !== undefined && { base }) };
  }
  return undefined;
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Elements whose content is no markup to a browser with scripting, or is not part of the page. */
const opaque: ReadonlySet<string> = new Set([
  ...['script', 'style', 'noscript', 'template', 'title', 'textarea', 'iframe', 'noembed', 'noframes', 'xmp'],
]);

function* openingTags(html: string): Generator<Tag> {
  const lower = html.toLowerCase();
  let at = html.indexOf('<');
  while (at >= 0) {
    if (html.startsWith('<!--', at)) {
      at = html.indexOf('<', endOfComment(html, at));
      continue;
    }
    const name = /^[a-z][^\s/>]{0,31}/.exec(lower.slice(at + 1, at + 33))?.[0];
    if (name === undefined) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    const { attributes, end } = readAttributes(html, at + 1 + name.length);
    yield { name, attributes };
    const from = opaque.has(name) ? lower.indexOf(`</${name}`, end) : end;
    at = from < 0 ? -1 : html.indexOf('<', from === end ? end : from + 1);
  }
}

/** `<!-->` and `<!--->` are whole comments; one that is not closed swallows the rest. */
function endOfComment(html: string, at: number): number {
  const end = html.indexOf('-->', at + 2);
  return end < 0 ? html.length : end + 3;
}

const attribute = /[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>][^\s>]*)))?/y;
const maxAttributes = 64;

function readAttributes(
  html: string,
  from: number,
): { readonly attributes: Tag['attributes']; readonly end: number } {
  const attributes = new Map<string, string>();
  let end = from;
  for (let count = 0; count < maxAttributes; count += 1) {
    attribute.lastIndex = end;
    const match = attribute.exec(html);
    if (match === null) break;
    end = attribute.lastIndex;
    const [, name = '', double, single, plain] = match;
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decodeEntities(double ?? single ?? plain ?? ''));
  }
  return { attributes, end };
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

function unquote(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  const end = text.indexOf(quote, 1);
  return text.slice(1, end < 0 ? undefined : end).trim();
}

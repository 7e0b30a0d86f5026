import { isUtf8 } from 'node:buffer';
import { type AttributeValue, readAttributes } from './attributes.ts';
import { decodeReferences } from './character-references.ts';
import type { LinkDecorator } from './decorator.ts';
import { elementKind } from './elements.ts';
import {
  type Insertion,
  insertFields,
  insertIntoAddress,
  insertIntoValue,
  writtenPlaceOf,
} from './insertion.ts';
import type { Tag } from './scan.ts';
import { createScanner, type Scanner } from './scanner.ts';

/** The content of a meta refresh with parameters added to its address; null: it stays as it is. `base`: absolute. */
export type RefreshRepair = (content: string, base: string) => string | null;

/** What is to happen to one page. */
export interface PageEdits {
  /** The address that the browser asked for, absolute. */
  readonly url: string;
  readonly decorate: LinkDecorator | null;
  readonly repairRefresh: RefreshRepair | null;
  /** Told of whatever is thrown; the page goes on as it is. */
  readonly onFailure: (error: unknown) => void;
}

/** Rewrites one page, piece by piece. */
export function createPageRewriter(edits: PageEdits): Scanner {
  const page: Page = { ...edits, base: edits.url, origin: originOf(edits.url), hasBase: false };
  const scanner = createScanner((tag) => editTag(tag, page), edits.onFailure);
  let isBegun = false;
  let isUtf16 = false;
  let first = Buffer.alloc(0);
  return {
    push(chunk) {
      if (isUtf16) return chunk;
      if (isBegun) return scanner.push(chunk);
      first = Buffer.concat([first, chunk]);
      if (first.length < 2) return Buffer.alloc(0);
      isBegun = true;
      isUtf16 = (first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff);
      return isUtf16 ? first : scanner.push(first);
    },
    end: () => (isBegun ? scanner.end() : first),
  };
}

/** Encodings in which a byte that looks like `<` may be something else; browsers take no other such (WHATWG Encoding). */
export function isReadableCharset(charset: string): boolean {
  return !/^(?:utf-?16|utf-?32|unicode|csunicode|ucs-2|iso-10646-ucs-2|iso-2022|csiso2022|hz-)/i.test(
    charset,
  );
}

interface Page extends PageEdits {
  /** What addresses are relative to: the page's own, or what the first `<base href>` says. */
  base: string;
  hasBase: boolean;
  readonly origin: string;
}

function editTag(tag: Tag, page: Page): Insertion | 'stop' | null {
  if (tag.kind === elementKind.link) return decorateLink(tag, page, 'a');
  if (tag.kind === elementKind.area) return decorateLink(tag, page, 'area');
  if (tag.kind === elementKind.form) return decorateForm(tag, page);
  if (tag.kind === elementKind.meta) return editMeta(tag, page);
  if (tag.kind === elementKind.base) readBase(tag, page);
  return null;
}

const linkAttributes = ['href'] as const;
const formAttributes = ['action', 'method'] as const;
const metaAttributes = ['http-equiv', 'content', 'charset'] as const;

function decorateLink(tag: Tag, page: Page, name: 'a' | 'area'): Insertion | null {
  if (page.decorate === null) return null;
  const [href] = attributesOf(tag, linkAttributes);
  const url = href === undefined ? null : addressOf(tag, href, page);
  if (href === undefined || url === null) return null;
  const decoration = page.decorate({ tag: name, url, method: 'get' });
  if (decoration === null || decoration.parameters.length === 0) return null;
  return insertIntoAddress(tag.bytes, href, decoration.parameters);
}

function decorateForm(tag: Tag, page: Page): Insertion | null {
  if (page.decorate === null) return null;
  const [action, method] = attributesOf(tag, formAttributes);
  const url = action === undefined ? null : addressOf(tag, action, page);
  if (action === undefined || url === null) return null;
  const stated = method === undefined ? '' : textOf(tag, method).toLowerCase();
  if (stated === 'dialog') return null;
  const isPost = stated === 'post';
  const decoration = page.decorate({ tag: 'form', url, method: isPost ? 'post' : 'get' });
  if (decoration === null || decoration.parameters.length === 0) return null;
  if (isPost) return insertIntoAddress(tag.bytes, action, decoration.parameters);
  return insertFields(tag.to, decoration.parameters);
}

/** Where an address leads, if that is another origin than the page's; null: nothing that a parameter may go to. */
function addressOf(tag: Tag, value: AttributeValue, page: Page): URL | null {
  if (value.from === value.to || (!page.hasBase && staysHere(tag.bytes, value))) return null;
  const url = URL.parse(decodeReferences(textOf(tag, value)), page.base);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return url.origin === page.origin ? null : url;
}

/** The commonest addresses, `/path` and `#part`, told without parsing; not `//host`, nor what could be read as that. */
function staysHere(bytes: Buffer, { from, to }: AttributeValue): boolean {
  const first = bytes[from] ?? 0;
  if (first === 0x23 || first === 0x3f) return true;
  if (first !== 0x2f) return false;
  const second = to - from === 1 ? 0x2d : (bytes[from + 1] ?? 0);
  const isDigit = second >= 0x30 && second <= 0x39;
  const lower = second | 0x20;
  return second === 0x2d || isDigit || (lower >= 0x61 && lower <= 0x7a);
}

function readBase(tag: Tag, page: Page): void {
  if (page.hasBase) return;
  const [href] = attributesOf(tag, linkAttributes);
  if (href === undefined) return;
  page.hasBase = true;
  const base = URL.parse(decodeReferences(textOf(tag, href)), page.url);
  // HTML Standard, section 4.2.3 (2026-11-24): these two are no base.
  if (base !== null && base.protocol !== 'data:' && base.protocol !== 'javascript:') page.base = base.href;
}

/** A refresh gets its parameters back; an encoding that cannot be read ends the rewriting. */
function editMeta(tag: Tag, page: Page): Insertion | 'stop' | null {
  const [equiv, content, charset] = attributesOf(tag, metaAttributes);
  if (charset !== undefined && !isReadableCharset(textOf(tag, charset))) return 'stop';
  if (equiv === undefined || content === undefined) return null;
  const name = textOf(tag, equiv).toLowerCase();
  if (name === 'content-type') {
    const stated = /charset\s*=\s*["']?([\w-]+)/i.exec(textOf(tag, content))?.[1] ?? '';
    return isReadableCharset(stated) ? null : 'stop';
  }
  return name === 'refresh' ? repairContent(tag, content, page) : null;
}

function repairContent(tag: Tag, content: AttributeValue, page: Page): Insertion | null {
  if (page.repairRefresh === null) return null;
  const bytes = tag.bytes.subarray(content.from, content.to);
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const written = bytes.toString(encoding);
  // Newlines separate here as spaces do; in the header that the rules are made for, there are none.
  const meant = decodeReferences(written).replace(/[\n\f\r]/g, ' ');
  const repaired = page.repairRefresh(meant, page.base);
  if (repaired === null || repaired.length <= meant.length) return null;
  const place = commonStart(meant, repaired);
  const text = repaired.slice(place, place + repaired.length - meant.length);
  const at = Buffer.byteLength(written.slice(0, writtenPlaceOf(written, place)), encoding);
  return insertIntoValue(tag.bytes, content, { at, text });
}

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

function attributesOf(
  { bytes, nameTo, to }: Tag,
  names: readonly string[],
): readonly (AttributeValue | undefined)[] {
  return readAttributes(bytes, { from: nameTo, to }, names);
}

function textOf({ bytes }: Tag, { from, to }: AttributeValue): string {
  return bytes.toString('utf8', from, to);
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? '';
}

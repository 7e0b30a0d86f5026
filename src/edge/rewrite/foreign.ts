/** Which language an element belongs to. */
export type Namespace = 'html' | 'svg' | 'math';

/** What of a start tag, beside its name, decides where it goes. */
export interface StartTag {
  /** Lower case. */
  readonly name: string;
  readonly isSelfClosing: boolean;
  /** A `font` with a color, face or size is HTML's; without one it is SVG's. */
  readonly hasFontAttribute: boolean;
  /** An `annotation-xml` whose encoding says that HTML is inside. */
  readonly hasHtmlEncoding: boolean;
}

/**
 * The open elements of an svg or math element, by the HTML Standard's rules for foreign content (section 13.2.6.5,
 * 2026-11-24): in there `<style>` and `<title>` hold markup, `/>` closes, and CDATA sections exist. What is open around
 * it is not known. Where only that could tell, HTML is assumed: then at worst a link is passed over, while in the other
 * direction the text of a script could be taken for a link.
 */
export interface ForeignContent {
  isOpen(): boolean;
  /** True where `<![CDATA[` begins text. */
  allowsCdata(): boolean;
  /** Opens the element and says which language it is in. Also called for HTML's svg and math, which begin it all. */
  start(tag: StartTag): Namespace;
  /** The name is in lower case. */
  end(name: string): void;
  /** Whatever was open, HTML it is from here. */
  forget(): void;
}

interface OpenElement {
  readonly name: string;
  readonly namespace: Namespace;
  /** Where HTML may begin again inside: everything, or everything but two of MathML's own elements. */
  readonly point: 'html' | 'text' | null;
}

/** Deeper than any drawing; beyond it HTML is assumed. */
const maxOpen = 512;

/** Nothing open. */
export function createForeignContent(): ForeignContent {
  let open: OpenElement[] = [];
  const forget = (): void => {
    open = [];
  };
  return {
    isOpen: () => open.length > 0,
    allowsCdata: () => (open.at(-1)?.namespace ?? 'html') !== 'html',
    start(tag) {
      const namespace = namespaceOf(tag, open);
      const isKept = namespace === 'html' ? open.length > 0 && !neverOpen.has(tag.name) : !tag.isSelfClosing;
      if (!isKept) return namespace;
      open.push({ name: tag.name, namespace, point: pointOf(tag, namespace) });
      if (open.length > maxOpen) forget();
      return namespace;
    },
    end(name) {
      if (name === 'p' || name === 'br') leaveForeign(open);
      const top = open.at(-1);
      if (top === undefined) return;
      const end = top.namespace === 'html' ? htmlEnd(open, name) : foreignEnd(open, name);
      if (end === 'unknown') forget();
      else if (end !== 'ignored') open.length = end;
    },
    forget,
  };
}

/** The language of a new element; what the tag closes by coming is closed. */
function namespaceOf(tag: StartTag, open: OpenElement[]): Namespace {
  const top = open.at(-1);
  if (top !== undefined && !isHtmlInside(top, tag.name)) {
    if (!breaksOut(tag)) return top.namespace;
    leaveForeign(open);
  }
  return tag.name === 'svg' || tag.name === 'math' ? tag.name : 'html';
}

function isHtmlInside({ name, namespace, point }: OpenElement, child: string): boolean {
  if (namespace === 'html' || point === 'html') return true;
  if (point === 'text') return child !== 'mglyph' && child !== 'malignmark';
  return namespace === 'math' && name === 'annotation-xml' && child === 'svg';
}

function pointOf({ name, hasHtmlEncoding }: StartTag, namespace: Namespace): OpenElement['point'] {
  if (namespace === 'svg') return svgPoints.has(name) ? 'html' : null;
  if (namespace !== 'math') return null;
  if (mathPoints.has(name)) return 'text';
  return name === 'annotation-xml' && hasHtmlEncoding ? 'html' : null;
}

function leaveForeign(open: OpenElement[]): void {
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.namespace === 'html' || top.point !== null) return;
    open.pop();
  }
}

type End = number | 'ignored' | 'unknown';

/** An end tag where the innermost element is HTML's: it may close HTML only, back to where HTML began. */
function htmlEnd(open: readonly OpenElement[], name: string): End {
  let at = open.length - 1;
  for (; at >= 0 && open[at]?.namespace === 'html'; at -= 1) if (open[at]?.name === name) return at;
  // A browser ignores it if what is inside is really open still; paragraphs and list items close by themselves.
  const isOutside = open.some((element, place) => place <= at && element.name === name);
  return isOutside || reachesOut.has(name) ? 'unknown' : 'ignored';
}

function foreignEnd(open: readonly OpenElement[], name: string): End {
  let isShielded = false;
  for (let at = open.length - 1; at >= 0; at -= 1) {
    const element = open[at];
    if (element?.name === name && element.namespace !== 'html') return at;
    if (element?.namespace === 'html' && !isShielded) return htmlEnd(open.slice(0, at + 1), name);
    if (element?.namespace === 'html') break;
    if (element?.point !== null) isShielded = true;
  }
  if (isShielded) return reachesOut.has(name) ? 'unknown' : 'ignored';
  return shapes.has(name) ? 'ignored' : 'unknown';
}

function breaksOut({ name, hasFontAttribute }: StartTag): boolean {
  return htmlOnly.has(name) || (name === 'font' && hasFontAttribute);
}

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(' '));
}

const svgPoints = setOf('foreignobject desc title');
const mathPoints = setOf('mi mo mn ms mtext');

/** Start tags that end foreign content. */
const htmlOnly = setOf(
  'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta ' +
    'nobr ol p pre ruby s small span strong strike sub sup table tt u ul var',
);

/** HTML elements without content, with text only, or that are ignored outside a table: none stays open. */
const neverOpen = setOf(
  'area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr ' +
    'title textarea style xmp iframe noembed noframes noscript script plaintext ' +
    'html head body frameset caption colgroup tbody td tfoot th thead tr',
);

/** End tags that find their element through a place where HTML begins again. */
const reachesOut = setOf('table caption colgroup tbody td tfoot th thead tr template');

/** Drawn elements that are often closed twice, by `/>` and by an end tag; nothing outside an svg has these names. */
const shapes = setOf('path g circle rect line polygon polyline ellipse use stop image');

/** Writes addresses as route patterns, so that a report has as many rows as the site has routes, and no ids in them. */
export interface RoutePatterns {
  /** Host and pattern, such as `shop.example/product/:id`; `(other)` once there are too many. */
  patternOf(address: URL): string;
}

/** How many patterns are kept apart. */
export interface RouteBounds {
  readonly maxPatterns: number;
  /** Different words at one place of a route; beyond that a word there is a `:slug`. */
  readonly maxWords: number;
}

const maxSegments = 6;
const maxSegmentChars = 40;
const other = '(other)';

/** An empty set of patterns. It learns in memory which places of a route hold slugs. */
export function createRoutePatterns(
  { maxPatterns, maxWords }: RouteBounds = { maxPatterns: 1_000, maxWords: 30 },
): RoutePatterns {
  const known = new Set<string>();
  /** The words seen so far below each pattern; as many entries as there are patterns and their beginnings. */
  const words = new Map<string, Set<string>>();
  const wordAt = (parent: string, word: string): string => {
    const seen = words.get(parent) ?? new Set();
    if (seen.has(word)) return word;
    if (seen.size >= maxWords || (words.size >= maxPatterns && !words.has(parent))) return ':slug';
    seen.add(word);
    words.set(parent, seen);
    return word;
  };
  return {
    patternOf({ host, pathname }) {
      const segments = pathname.slice(1).split('/', maxSegments + 1);
      let pattern = host;
      for (const segment of segments.slice(0, maxSegments)) {
        const word = plainSegment(segment);
        pattern += `/${word.startsWith(':') || word === '' ? word : wordAt(pattern, word)}`;
      }
      if (segments.length > maxSegments) pattern += '/…';
      if (known.has(pattern)) return pattern;
      if (known.size >= maxPatterns) return other;
      known.add(pattern);
      return pattern;
    },
  };
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const hex = /^(?=[a-f]*\d)[\da-f]{8,}$/i;
/** Digits and both letter cases together, as only made-up ids have them. */
const token = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{10,}$/;

/** A segment as a pattern has it: what looks like an id or somebody's address is none of the report's business. */
function plainSegment(segment: string): string {
  if (segment === '') return '';
  if (/^[\d._-]+$/.test(segment) || uuid.test(segment) || hex.test(segment) || token.test(segment))
    return ':id';
  if (segment.includes('@') || /%40/.test(segment)) return ':id';
  if (segment.length > maxSegmentChars || /\d{5}/.test(segment)) return ':slug';
  // What a link maker wrote into the path would be as many patterns as there are links.
  return /[%:;=()]/.test(segment) ? ':slug' : segment;
}

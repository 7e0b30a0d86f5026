const maxHeaderChars = 512;
const maxRanges = 20;

/**
 * The first of the offered languages that an Accept-Language header asks for, most wanted first; undefined: none. A range
 * is cut from its end until it fits, so that `de-AT` finds `de` (lookup, RFC 4647 section 3.4). Tags in lower case.
 */
export function languageOf(header: string, offered: ReadonlyMap<string, unknown>): string | undefined {
  for (const tag of wantedTags(header)) {
    for (let cut = tag; cut !== ''; cut = cut.slice(0, Math.max(0, cut.lastIndexOf('-'))))
      if (offered.has(cut)) return cut;
  }
  return undefined;
}

/** Ranges by weight, equal ones in their order; weight 0 means "not this one" (RFC 9110 section 12.5.4). */
function wantedTags(header: string): readonly string[] {
  return header
    .slice(0, maxHeaderChars)
    .split(',', maxRanges)
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

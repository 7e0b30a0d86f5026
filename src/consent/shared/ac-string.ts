/** What an AC string says of the providers that were asked for. */
export interface AcString {
  /** In the order in which they were asked for: whether the visitor agreed to the provider. */
  readonly consented: readonly boolean[];
}

/** An honest string names every provider of Google's list, some 1,500, in less than half of this. */
const maxCharacters = 16_384;

/**
 * Reads Google's AC string: `1~` and the providers agreed to, or `2~`, the same, `~dv.` and those that were shown without
 * being agreed to (Google, "Additional Consent technical specification", read 2026-11-23). Null: not such a string.
 * Whoever is on neither list was not shown; whoever is on both was not agreed to.
 */
export function readAcString(text: string, providerIds: readonly number[]): AcString | null {
  const parts = text.length > maxCharacters ? [] : text.split('~', 4);
  const [version, consents = '', disclosed] = parts;
  const isFirst = version === '1' && parts.length === 2;
  const isSecond = version === '2' && parts.length === 3;
  if (!isFirst && !isSecond) return null;
  const agreed = readIds(consents);
  const refused = disclosed === undefined ? noIds : readDisclosed(disclosed);
  if (agreed === null || refused === null) return null;
  return { consented: providerIds.map((id) => agreed.has(id) && !refused.has(id)) };
}

const noIds: ReadonlySet<number> = new Set();

/** `dv`, `dv.` or `dv.1.2`. */
function readDisclosed(text: string): ReadonlySet<number> | null {
  if (text === 'dv') return noIds;
  return text.startsWith('dv.') ? readIds(text.slice(3)) : null;
}

/** Numbers between dots; null: something else. */
function readIds(text: string): ReadonlySet<number> | null {
  if (text === '') return noIds;
  const ids = new Set<number>();
  let id = 0;
  let digits = 0;
  for (let at = 0; at <= text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9 && digits < 7) {
      id = id * 10 + digit;
      digits += 1;
    } else if (digits > 0 && (at === text.length || text[at] === '.')) {
      ids.add(id);
      id = 0;
      digits = 0;
    } else return null;
  }
  return ids;
}

import type { ConsentSource } from '../contract/consent-source.ts';
import type { Hit } from '../model/hit.ts';

/** Sources by the cookies they read, so that one whose cookies are not there is not asked. Made once, at config time. */
export interface SourceIndex {
  /** Every source, in the order in which statements come out. */
  readonly all: readonly ConsentSource[];
  /** Those that read more than cookies, or that read nothing named: asked for every hit. */
  readonly always: readonly ConsentSource[];
  readonly byCookie: ReadonlyMap<string, readonly ConsentSource[]>;
  /** By the first character of the prefix, which rules out nearly every cookie. */
  readonly byPrefix: ReadonlyMap<string, readonly PrefixReader[]>;
}

interface PrefixReader {
  readonly prefix: string;
  readonly source: ConsentSource;
}

/** Indexes sources; their order is kept. */
export function indexSources(sources: readonly ConsentSource[]): SourceIndex {
  const byCookie = new Map<string, ConsentSource[]>();
  const byPrefix = new Map<string, PrefixReader[]>();
  for (const source of sources) {
    if (source.isCookieOnly !== true) continue;
    for (const cookie of source.cookies) push(byCookie, cookie, source);
    for (const prefix of source.cookiePrefixes ?? []) push(byPrefix, prefix.charAt(0), { prefix, source });
  }
  return {
    all: sources,
    always: sources.filter((source) => source.isCookieOnly !== true),
    byCookie,
    byPrefix,
  };
}

/** The sources that may find their signal in this hit, in their order: as many answers as of all of them. */
export function sourcesFor(index: SourceIndex, cookies: Hit['cookies']): readonly ConsentSource[] {
  let asked: Set<ConsentSource> | null = null;
  for (const name in cookies) {
    const exact = index.byCookie.get(name);
    if (exact !== undefined) for (const source of exact) asked = (asked ?? new Set()).add(source);
    const prefixed = index.byPrefix.get(name.charAt(0));
    if (prefixed === undefined) continue;
    for (const { prefix, source } of prefixed) {
      if (name.startsWith(prefix)) asked = (asked ?? new Set()).add(source);
    }
  }
  if (asked === null) return index.always;
  const found = asked;
  return index.all.filter((source) => source.isCookieOnly !== true || found.has(source));
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

import type { ConsentSource } from '../contract/consent-source.ts';
import type { Hit } from '../model/hit.ts';

/** Sources by the cookies they read, so that one whose cookies are not there is not asked. Made once, at config time. */
export interface SourceIndex {
  /** Every source, in the order in which statements come out. */
  readonly all: readonly ConsentSource[];
  /** Those that read more than cookies: asked for every hit. */
  readonly always: readonly ConsentSource[];
  /** For each source that reads cookies only: it and those above, which is all that most hits need. */
  readonly withOne: ReadonlyMap<ConsentSource, readonly ConsentSource[]>;
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
  const cookieOnly = sources.filter((source) => source.isCookieOnly === true);
  for (const source of cookieOnly) {
    for (const cookie of source.cookies) push(byCookie, cookie, source);
    for (const prefix of source.cookiePrefixes ?? []) push(byPrefix, prefix.charAt(0), { prefix, source });
  }
  return {
    all: sources,
    always: withSome(sources, new Set()),
    withOne: new Map(cookieOnly.map((source) => [source, withSome(sources, new Set([source]))])),
    byCookie,
    byPrefix,
  };
}

/** The sources that may find their signal among these cookies, in their order; the others would find nothing. */
export function sourcesFor(index: SourceIndex, cookies: Hit['cookies']): readonly ConsentSource[] {
  let first: ConsentSource | undefined;
  let more: Set<ConsentSource> | undefined;
  const ask = (source: ConsentSource): void => {
    first ??= source;
    if (source !== first) more = (more ?? new Set([first])).add(source);
  };
  for (const name in cookies) {
    const exact = index.byCookie.get(name);
    if (exact !== undefined) exact.forEach(ask);
    const prefixed = index.byPrefix.get(name.charAt(0));
    if (prefixed === undefined) continue;
    for (const { prefix, source } of prefixed) if (name.startsWith(prefix)) ask(source);
  }
  if (first === undefined) return index.always;
  return more === undefined ? (index.withOne.get(first) ?? index.all) : withSome(index.all, more);
}

function withSome(
  sources: readonly ConsentSource[],
  asked: ReadonlySet<ConsentSource>,
): readonly ConsentSource[] {
  return sources.filter((source) => source.isCookieOnly !== true || asked.has(source));
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

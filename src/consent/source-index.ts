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
  /** By the key of the prefix, which rules out nearly every cookie. */
  readonly byPrefix: ReadonlyMap<number, readonly PrefixReader[]>;
}

interface PrefixReader {
  readonly prefix: string;
  readonly source: ConsentSource;
}

/** Indexes sources; their order is kept. */
export function indexSources(sources: readonly ConsentSource[]): SourceIndex {
  const byCookie = new Map<string, ConsentSource[]>();
  const byPrefix = new Map<number, PrefixReader[]>();
  const cookieOnly = sources.filter((source) => source.isCookieOnly === true);
  for (const source of cookieOnly) {
    for (const cookie of source.cookies) push(byCookie, cookie, source);
    for (const prefix of source.cookiePrefixes ?? []) push(byPrefix, keyOf(prefix), { prefix, source });
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
  let asked: ConsentSource[] | undefined;
  for (const name in cookies) {
    const exact = index.byCookie.get(name);
    const prefixed = index.byPrefix.get(keyOf(name));
    if (exact === undefined && prefixed === undefined) continue;
    asked ??= [];
    if (exact !== undefined) asked.push(...exact);
    for (const { prefix, source } of prefixed ?? []) if (name.startsWith(prefix)) asked.push(source);
  }
  const first = asked?.[0];
  if (asked === undefined || first === undefined) return index.always;
  if (asked.every((source) => source === first)) return index.withOne.get(first) ?? index.all;
  return withSome(index.all, new Set(asked));
}

/** The first three characters; a prefix is no shorter. */
function keyOf(name: string): number {
  return (name.charCodeAt(0) << 16) ^ (name.charCodeAt(1) << 8) ^ name.charCodeAt(2);
}

function withSome(
  sources: readonly ConsentSource[],
  asked: ReadonlySet<ConsentSource>,
): readonly ConsentSource[] {
  return sources.filter((source) => source.isCookieOnly !== true || asked.has(source));
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

import { compileHosts } from './hosts.ts';
import { type ReferrerKind, referrerList } from './referrer-list.ts';

/** A referrer that the list knows. */
export interface KnownReferrer {
  /** The name reports show as the source, such as `google`. */
  readonly source: string;
  readonly kind: ReferrerKind;
}

/** Where a visitor came from. */
export interface Referrer {
  /** Host in lower case, or `app:` and the package for an Android app; never empty. */
  readonly host: string;
  /** The address without query and fragment. */
  readonly page: string;
}

const maxReferrerChars = 2_048;
const appPrefix = 'app:';
const webProtocols = new Set(['https:', 'http:']);

const rows: readonly (readonly [known: KnownReferrer, keys: readonly string[]])[] = kinds().flatMap((kind) =>
  Object.entries(referrerList[kind]).map(
    ([source, keys]) => [{ source, kind }, keys.split(' ').filter(Boolean)] as const,
  ),
);
const byHost = compileHosts(
  rows.flatMap(([known, keys]) => keys.filter(isHostPattern).map((key) => [key, known] as const)),
);
/** Android packages with their prefix, and utm_source values. */
const byName: ReadonlyMap<string, KnownReferrer> = new Map(
  rows.flatMap(([known, keys]) => {
    const names = keys.filter((key) => !isHostPattern(key)).map((key) => key.toLowerCase());
    return [known.source, ...names].map((name) => [name, known] as const);
  }),
);

/** Reads a referrer; undefined where there is none, or none that names a web page or an Android app. */
export function parseReferrer(referrer: string | undefined): Referrer | undefined {
  if (referrer === undefined || referrer === '') return undefined;
  const url = URL.parse(referrer.slice(0, maxReferrerChars));
  if (url === null || url.hostname === '') return undefined;
  const host = url.hostname.toLowerCase();
  if (url.protocol === 'android-app:') return { host: appPrefix + host, page: `android-app://${host}` };
  if (!webProtocols.has(url.protocol)) return undefined;
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, page: url.origin + url.pathname };
}

/** What the list knows of a referrer's host, or of an Android package written `app:com.example`. */
export function knownReferrer(host: string): KnownReferrer | undefined {
  return host.startsWith(appPrefix) ? byName.get(host) : byHost(host);
}

/** The source's name for reports: the host without `www.`, the package without its prefix. */
export function hostSource(host: string): string {
  if (host.startsWith(appPrefix)) return host.slice(appPrefix.length);
  return host.startsWith('www.') ? host.slice(4) : host;
}

/** What kind of site a source names: `google`, `fb` or a host such as `www.youtube.com`. The source must be lower case. */
export function sourceKind(source: string): ReferrerKind | undefined {
  return (byName.get(source) ?? (source.includes('.') ? byHost(source) : undefined))?.kind;
}

function isHostPattern(key: string): boolean {
  return key.includes('.') && !key.startsWith(appPrefix);
}

function kinds(): readonly ReferrerKind[] {
  return ['search', 'social', 'ai', 'video', 'shopping', 'email'];
}

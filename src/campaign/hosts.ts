import { getPublicSuffix } from 'tldts';

/** What the longest matching pattern stands for; undefined when none matches. The host must be lower case. */
export type HostLookup<V> = (host: string) => V | undefined;

const maxHostChars = 253;

/**
 * Compiles host patterns for lookup by host; a leading `www.` of the host never matters.
 *
 * `paypal.com` is that host and every host below it; `=baidu.com` is that host alone; `amazon.*` stands for every
 * public suffix, so `amazon.co.uk` matches and `amazon.evil.com` does not. The longest match wins.
 */
export function compileHosts<V>(patterns: Iterable<readonly [pattern: string, value: V]>): HostLookup<V> {
  const whole = new Map<string, V>();
  const suffixes = new Map<string, V>();
  for (const [pattern, value] of patterns) {
    if (pattern.startsWith('=')) whole.set(pattern.slice(1), value);
    else suffixes.set(pattern, value);
  }
  const hasStars = [...whole.keys(), ...suffixes.keys()].some((pattern) => pattern.endsWith('.*'));

  return (host) => {
    if (host.length > maxHostChars) return undefined;
    const name = host.startsWith('www.') ? host.slice(4) : host;
    const starred = hasStars ? starredName(name) : undefined;
    const exact = whole.get(name) ?? (starred !== undefined ? whole.get(starred) : undefined);
    return exact ?? longestSuffix(name, starred, suffixes);
  };
}

function longestSuffix<V>(
  name: string,
  starred: string | undefined,
  suffixes: ReadonlyMap<string, V>,
): V | undefined {
  for (let at = 0; ; ) {
    const value =
      suffixes.get(name.slice(at)) ?? (starred !== undefined ? suffixes.get(starred.slice(at)) : undefined);
    if (value !== undefined) return value;
    const dot = name.indexOf('.', at);
    if (dot < 0) return undefined;
    at = dot + 1;
  }
}

/** `news.google.co.uk` becomes `news.google.*`; undefined where there is no public suffix to replace. */
function starredName(name: string): string | undefined {
  const suffix = getPublicSuffix(name);
  if (suffix === null || suffix.length >= name.length) return undefined;
  return `${name.slice(0, name.length - suffix.length)}*`;
}

/** What to change in a response's headers. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>;
  /** Names as the response spells them. */
  readonly remove: readonly string[];
}

/**
 * What must change in a response that was given a visitor's parameters, so that no cache hands them to another: browsers
 * and proxies keep 301 and 308 without being told to (RFC 9110 section 15.1), and many a CDN keeps every redirect and
 * leaves campaign parameters out of its key. Only the names of the headers are read.
 */
export function cacheHeaders(headers: Readonly<Record<string, unknown>>): HeaderChanges {
  return {
    set: { 'cache-control': 'private, no-store' },
    remove: Object.keys(headers).filter((name) => isForCaches(name.toLowerCase())),
  };
}

/**
 * What must change in a response that sets a visitor's cookie, so that no shared cache hands it to another. The browser's
 * own cache may keep it as the response says (RFC 9111 sections 5.2.2.7 and 5.2.2.10), so its validators stay.
 */
export function privateHeaders(headers: Readonly<Record<string, string | readonly string[]>>): HeaderChanges {
  const directives = [headers['cache-control'] ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((directive) => directive.trim());
  const kept = directives.filter(
    (directive) => directive !== '' && !/^(?:public|private|s-maxage)\b/i.test(directive),
  );
  return {
    set: { 'cache-control': ['private', ...kept].join(', ') },
    remove: Object.keys(headers).filter((name) => isForSharedCaches(name.toLowerCase())),
  };
}

/** Freshness and validators. */
const forCaches: ReadonlySet<string> = new Set(['age', 'etag', 'expires', 'last-modified', 'pragma']);

function isForCaches(name: string): boolean {
  return forCaches.has(name) || isForSharedCaches(name);
}

/** What CDNs obey before Cache-Control (RFC 9213 and the vendors' own, 2026-11-23). */
const forSharedCaches: ReadonlySet<string> = new Set([
  'cache-tag',
  'cache-tags',
  'edge-cache-tag',
  'edge-control',
  'x-accel-expires',
  'x-litespeed-cache-control',
  'xkey',
]);

function isForSharedCaches(name: string): boolean {
  return forSharedCaches.has(name) || name.startsWith('surrogate-') || name.endsWith('cdn-cache-control');
}

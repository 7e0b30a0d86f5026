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

/** Freshness, validators, and what CDNs obey before Cache-Control (RFC 9213 and the vendors' own, 2026-11-23). */
const forCaches: ReadonlySet<string> = new Set([
  'age',
  'cache-tag',
  'cache-tags',
  'edge-cache-tag',
  'edge-control',
  'etag',
  'expires',
  'last-modified',
  'pragma',
  'x-accel-expires',
  'x-litespeed-cache-control',
  'xkey',
]);

function isForCaches(name: string): boolean {
  return forCaches.has(name) || name.startsWith('surrogate-') || name.endsWith('cdn-cache-control');
}

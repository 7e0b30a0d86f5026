import type { Draft, Hit } from '../../model/hit.ts';

// Not Sec-Fetch-Mode: the fetch of Node.js sends it too, `cors` always (undici 7, 2026-11-24).
const browserHeaders = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-dest'] as const;

/** Who sent the hit. Every browser names at least one of these headers on a POST; servers name none. */
export function senderOf(hit: Pick<Hit, 'headers'>): Draft['sentBy'] {
  return browserHeaders.some((name) => hit.headers[name] !== undefined) ? 'browser' : 'server';
}

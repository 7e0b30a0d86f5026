import type { Draft, Hit } from '../../model/hit.ts';

const browserHeaders = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'] as const;

/** Who sent the hit. Every browser names at least one of these headers on a POST; servers name none. */
export function senderOf(hit: Pick<Hit, 'headers'>): Draft['sentBy'] {
  return browserHeaders.some((name) => hit.headers[name] !== undefined) ? 'browser' : 'server';
}

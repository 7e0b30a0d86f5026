import type { Reply } from '../../contract/protocol.ts';
import type { Json } from '../../model/json.ts';
import type { Reason } from '../../model/reason.ts';

const retryAfterSeconds = '2';

/** RFC 9110 section 15.5; what is not listed is 400. */
const statuses: ReadonlyMap<Reason, number> = new Map<Reason, number>([
  ['refused_too_large', 413],
  ['refused_encoding', 415],
  ['refused_method', 405],
  ['refused_origin', 403],
  ['refused_busy', 503],
]);

/** The HTTP status that tells a client why its hit was refused; the one table for every protocol. */
export function statusOf(reason: Reason): number {
  return statuses.get(reason) ?? 400;
}

/** A JSON reply that says why a hit was refused, with Retry-After where trying again can help. */
export function refusalReply(reason: Reason, body: Json): Reply {
  const status = statusOf(reason);
  const reply = jsonReply(status, body);
  if (status !== 503) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': retryAfterSeconds } };
}

/** A JSON reply that no cache keeps. */
export function jsonReply(status: number, body: Json): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** The reply without content: taken, nothing to say. */
export const emptyReply: Reply = { status: 204, headers: { 'cache-control': 'no-store' }, body: '' };

// The smallest transparent GIF89a: one pixel, 43 bytes.
const gif = Buffer.from('R0lGODlhAQABAIABAP///wAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');

/** A pixel always shows: a broken image on the page helps nobody. */
export const pixelReply: Reply = {
  status: 200,
  headers: {
    'content-type': 'image/gif',
    'cache-control': 'no-store, no-cache, must-revalidate, private',
    'cross-origin-resource-policy': 'cross-origin',
  },
  body: gif,
};

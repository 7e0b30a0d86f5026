import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Trip } from './round-trip.ts';

/** What a handle is signed with. It is good for one site only. */
export interface HandleSeal {
  readonly key: Uint8Array;
  readonly site: string;
}

const tripSchema = z.object({
  q: z.string(),
  h: z.string(),
  b: z.string().exactOptional(),
  u: z.int(),
});

/** Longer than every handle that is made; a cookie is not longer than that (RFC 6265bis section 5.6). */
const maxHandleChars = 4_096;
const macBytes = 16;

/** A trip as one cookie value: `1.`, the trip, and 16 bytes of HMAC-SHA256 over both and the site. */
export function sealTrip({ query, host, back, untilMs }: Trip, seal: HandleSeal): string {
  const fields: z.infer<typeof tripSchema> = {
    q: query,
    h: host,
    ...(back !== undefined && { b: back }),
    u: untilMs,
  };
  const body = `1.${Buffer.from(JSON.stringify(fields), 'latin1').toString('base64url')}`;
  return `${body}.${macOf(body, seal)}`;
}

/** Reads a handle; null where it is not ours, was changed, or is too old. */
export function openTrip(handle: string, seal: HandleSeal, nowMs: number): Trip | null {
  const end = handle.lastIndexOf('.');
  if (handle.length > maxHandleChars || end <= 2 || !handle.startsWith('1.')) return null;
  const body = handle.slice(0, end);
  const stated = Buffer.from(handle.slice(end + 1));
  const mac = Buffer.from(macOf(body, seal));
  if (stated.length !== mac.length || !timingSafeEqual(stated, mac)) return null;
  const { q, h, b, u } = tripSchema.parse(
    JSON.parse(Buffer.from(body.slice(2), 'base64url').toString('latin1')),
  );
  return u <= nowMs ? null : { query: q, host: h, ...(b !== undefined && { back: b }), untilMs: u };
}

function macOf(body: string, { key, site }: HandleSeal): string {
  const mac = createHmac('sha256', key).update(`${site}|${body}`).digest();
  return mac.subarray(0, macBytes).toString('base64url');
}

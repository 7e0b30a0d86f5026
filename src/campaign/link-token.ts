import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeContent, encodeContent, type LinkContent } from './link-content.ts';

/** The browser that a link is written for, and that has to bring it. */
export interface LinkBearer {
  /** The User-Agent header; only what is not a version of it counts. */
  readonly userAgent: string;
  /** The client's network, such as `203.0.113.0/24`; absent: the link is not bound to one. */
  readonly network?: string;
}

/** A signing key; `linkKeyOf` makes one. */
export type LinkKey = Buffer;

/** What reading a token depends on. */
export interface LinkReader {
  /** The key that is in use, and the one before it. */
  readonly keys: readonly LinkKey[];
  readonly nowMs: number;
  /** For how long a token counts. */
  readonly seconds: number;
  readonly binding: 'browser' | 'browser_and_network';
}

/** Why a token is refused, as far as the token itself tells. */
export type LinkRefusal =
  | 'link_unreadable'
  | 'link_forged'
  | 'link_expired'
  | 'link_other_browser'
  | 'link_other_network';

/** The longest token: with it an address stays far below the 2,048 characters that everything in front of a site takes. */
export const maxLinkChars = 1_024;

/** Version 1: `1.`, then fields, digests of the bearer and the seal in base64url. */
const tokenPattern = /^1\.[\w-]{40,1022}$/;
const sealBytes = 16;
const digestBytes = 4;
const maxFieldBytes = Math.floor(((maxLinkChars - 2) * 3) / 4) - sealBytes - 2 * digestBytes;
/** Gateways' clocks differ a little; a token from further ahead is not one of ours. */
const maxAheadMs = 10_000;

/** True for what has a token's form; anything else under the parameter's name belongs to the site. */
export function isLinkToken(text: string): boolean {
  return tokenPattern.test(text);
}

/** Derives the key from a secret of the configuration, for this use alone. */
export function linkKeyOf(secret: string): LinkKey {
  return createHmac('sha256', secret).update('throughline link 1').digest();
}

/** Writes a token of at most `maxLinkChars`; parameters that no longer fit are left out whole, the last ones first. */
export function writeLink(content: LinkContent, bearer: LinkBearer, key: LinkKey): string {
  const fields = encodeContent(content, maxFieldBytes);
  const body = Buffer.concat([fields, ...bearerDigests(fields, bearer, key)]);
  return `1.${Buffer.concat([body, sealOf(body, key)]).toString('base64url')}`;
}

/** Reads a token back, or says why not. Never throws. */
export function readLink(token: string, bearer: LinkBearer, reader: LinkReader): LinkContent | LinkRefusal {
  const bytes = bytesOf(token);
  if (bytes === undefined) return 'link_unreadable';
  const body = bytes.subarray(0, -sealBytes);
  const seal = bytes.subarray(-sealBytes);
  const key = reader.keys.find((each) => timingSafeEqual(sealOf(body, each), seal));
  if (key === undefined) return 'link_forged';
  const fields = body.subarray(0, -2 * digestBytes);
  const content = decodeContent(fields);
  if (content === undefined) return 'link_unreadable';
  const ageMs = reader.nowMs - content.issuedAtMs;
  // The time is kept to the second, so that a token may look up to one second older than it is.
  if (ageMs < -maxAheadMs || ageMs > (reader.seconds + 1) * 1000) return 'link_expired';
  const [browser, network] = bearerDigests(fields, bearer, key);
  const written = body.subarray(-2 * digestBytes);
  if (!browser.equals(written.subarray(0, digestBytes))) return 'link_other_browser';
  const isBound = reader.binding === 'browser_and_network';
  if (isBound && !network.equals(written.subarray(digestBytes))) return 'link_other_network';
  return content;
}

/** Only the one text that `writeLink` makes of these bytes: base64url would let the last character differ. */
function bytesOf(token: string): Buffer | undefined {
  if (!isLinkToken(token)) return undefined;
  const bytes = Buffer.from(token.slice(2), 'base64url');
  return bytes.toString('base64url') === token.slice(2) ? bytes : undefined;
}

function sealOf(body: Buffer, key: LinkKey): Buffer {
  return createHmac('sha256', key).update('seal').update(body).digest().subarray(0, sealBytes);
}

/** Keyed, and salted with the fields, so that two tokens of one browser have nothing in common that names it. */
function bearerDigests(
  fields: Buffer,
  { userAgent, network = '' }: LinkBearer,
  key: LinkKey,
): readonly [browser: Buffer, network: Buffer] {
  const digest = (kind: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${kind}|${text}|`).update(fields).digest().subarray(0, digestBytes);
  return [digest('browser', familyOf(userAgent)), digest('network', network)];
}

const maxAgentChars = 512;

/** What stays of a user agent over updates: everything but its numbers. */
function familyOf(userAgent: string): string {
  return userAgent.slice(0, maxAgentChars).replace(/[\d._]+/g, '');
}

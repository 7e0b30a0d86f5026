import { createHash } from 'node:crypto';

/** What browser ids are made from: the visitor's id and when it was made, UTC seconds. */
export interface BrowserIdSeed {
  readonly id: string;
  readonly firstSeenSec: number;
}

/**
 * Browser ids as vendors' own tags would make them, by the name of their cookie. They are made from ours, so that one
 * browser has one of each whatever the number of first requests, and the same again where a cookie was lost.
 * `domainDots`: how many dots the cookies' domain has.
 */
export function deriveBrowserIds(seed: BrowserIdSeed, domainDots: number): Readonly<Record<string, string>> {
  return {
    _fbp: deriveFbp(seed, domainDots),
    _gcl_au: `1.1.${random31('gcl_au', seed)}.${seed.firstSeenSec}`,
    _rdt_uuid: `${seed.firstSeenSec * 1000}.${uuid('rdt_uuid', seed)}`,
  };
}

/**
 * Meta's browser id. Format `fb.<index>.<creation ms>.<random up to 2^31-1>`; the index is the number of dots in the
 * cookie's domain, and 1 where no cookie is set (Conversions API, fbp and fbc parameters; checked 2026-11-24).
 */
export function deriveFbp(seed: BrowserIdSeed, domainDots = 1): string {
  return `fb.${domainDots}.${seed.firstSeenSec * 1000}.${random31('fbp', seed)}`;
}

function random31(purpose: string, seed: BrowserIdSeed): number {
  return digest(purpose, seed).readUInt32BE(0) & 0x7f_ff_ff_ff;
}

/** Version 4, variant 1 (RFC 9562 section 5.4). */
function uuid(purpose: string, seed: BrowserIdSeed): string {
  const bytes = digest(purpose, seed).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function digest(purpose: string, { id }: BrowserIdSeed): Buffer {
  return createHash('sha256').update(`${purpose}|${id}`).digest();
}

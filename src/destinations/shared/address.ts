import ipaddr from 'ipaddr.js';

const privateRanges = new Set([
  'private',
  'loopback',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
  'unspecified',
  'multicast',
  'broadcast',
]);

/** The visitor's address in its shortest form; undefined where it is none, or one that platforms cannot use. */
export function publicAddress(ip: string | undefined): string | undefined {
  if (ip === undefined || !ipaddr.isValid(ip)) return undefined;
  const address = ipaddr.process(ip);
  return privateRanges.has(address.range()) ? undefined : address.toString();
}

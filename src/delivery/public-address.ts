import ipaddr from 'ipaddr.js';

/**
 * True for an address of the public internet: neither private, loopback, link-local nor another special one. IPv6 beyond
 * 2000::/3 is not in public use (IANA IPv6 address space registry, 2026-11-23), whatever it is called.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parse('2000::'), 3);
}

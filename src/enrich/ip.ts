import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * An address as the gateway writes it everywhere: without port, brackets and zone, IPv4 out of its IPv6 mapping, IPv6
 * in the short form of RFC 5952. Null: not an address (a list, a name, `unknown`, an octet such as `077`).
 */
export function normaliseIp(raw: string): string | null {
  if (isIP(raw) === 4) return raw;
  // How Node writes an IPv4 peer of a dual-stack socket, so the most frequent form of all.
  if (raw.startsWith('::ffff:') && isIP(raw.slice(7)) === 4) return raw.slice(7);
  if (raw.length > maxAddressLength) return null;
  const bare = stripPort(raw.trim());
  const zoneAt = bare.indexOf('%');
  const address = zoneAt < 0 ? bare : bare.slice(0, zoneAt);
  const family = isIP(address);
  if (family === 4) return address;
  return family === 6 ? ipaddr.process(address).toString() : null;
}

/** The network that an address is in, as text to compare: /24 for IPv4, /48 for IPv6. The address must be normalised. */
export function networkOf(ip: string): string {
  const parsed = ipaddr.process(ip);
  return parsed
    .toByteArray()
    .slice(0, parsed.kind() === 'ipv4' ? 3 : 6)
    .join('.');
}

/** A block of addresses of one family. */
export interface Network {
  readonly address: string;
  readonly prefixBits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; null where it is none of them. */
export function parseNetwork(text: string): Network | null {
  const slashAt = text.indexOf('/');
  const address = slashAt < 0 ? text : text.slice(0, slashAt);
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return null;
  const maxBits = version === 4 ? 32 : 128;
  const bits = slashAt < 0 ? String(maxBits) : text.slice(slashAt + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > maxBits) return null;
  return { address, prefixBits: Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** True when the block list holds a normalised address. */
export function holdsAddress(list: BlockList, ip: string): boolean {
  const version = isIP(ip);
  return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6');
}

/** Where the client's address was found, and whether a trusted proxy vouches for the request. */
export interface ClientAddress {
  /** Null: nobody who may be believed knows it. */
  readonly ip: string | null;
  /** `socket`, or the name of the header that was believed. */
  readonly via: string;
  /** The connection comes from a trusted proxy, so its other headers about the client may be believed too. */
  readonly trusted: boolean;
}

/** Which proxies may speak for a client, and in which header. */
export interface ProxyTrust {
  /** Addresses, networks, `loopback` or `private`. An entry that is none of these trusts nobody. */
  readonly trustedProxies: readonly string[];
  /** Lower case; `forwarded` is read by RFC 7239, any other as a list of addresses. Default: `x-forwarded-for`. */
  readonly header?: string;
}

/** True for what `trustedProxies` may hold. */
export function isTrustEntry(text: string): boolean {
  return Object.hasOwn(namedNetworks, text) || parseNetwork(text) !== null;
}

/**
 * Makes the function that finds a request's client address. It starts at the socket and walks the header from right to
 * left, from the nearest proxy outwards, for as long as the address is a trusted proxy's; the first that is not is the
 * client. What stands left of that was written by the client and proves nothing.
 */
export function createClientAddress({
  trustedProxies,
  header = 'x-forwarded-for',
}: ProxyTrust): (
  socketAddress: string | undefined,
  headers: Readonly<Record<string, string>>,
) => ClientAddress {
  const trustedList = buildTrustedList(trustedProxies);
  const readHops = header === 'forwarded' ? readForwarded : readAddressList;
  return (socketAddress, headers) => {
    const peer = normaliseIp(socketAddress ?? '');
    const trusted = peer !== null && holdsAddress(trustedList, peer);
    const value = headers[header];
    if (!trusted || value === undefined || value === '') return { ip: peer, via: 'socket', trusted };
    return { ip: walk(readHops(value), trustedList), via: header, trusted };
  };
}

/** The longest spelling of an address: IPv6 with IPv4 tail, brackets, a zone and a port. */
const maxAddressLength = 100;

/** More trusted proxies in a row than any real chain has; beyond it nobody is believed. */
const maxHops = 32;

/** RFC 1918 and RFC 4193 for `private`. */
const namedNetworks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

function stripPort(address: string): string {
  if (address.startsWith('[')) {
    const end = address.indexOf(']');
    const isWhole = end > 0 && (end === address.length - 1 || isPort(address.slice(end + 1)));
    return isWhole ? address.slice(1, end) : '';
  }
  const colonAt = address.indexOf(':');
  const hasPort = colonAt > 0 && colonAt === address.lastIndexOf(':') && isPort(address.slice(colonAt));
  return hasPort ? address.slice(0, colonAt) : address;
}

function isPort(text: string): boolean {
  return /^:\d{1,5}$/.test(text);
}

function buildTrustedList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const named = Object.hasOwn(namedNetworks, entry) ? namedNetworks[entry] : undefined;
    for (const text of named ?? [entry]) {
      const network = parseNetwork(text);
      if (network !== null) list.addSubnet(network.address, network.prefixBits, network.family);
    }
  }
  return list;
}

/** The client among the hops, which come nearest proxy first. */
function walk(hops: Iterable<string>, trustedList: BlockList): string | null {
  let farthest: string | null = null;
  let count = 0;
  for (const hop of hops) {
    count += 1;
    const ip = normaliseIp(hop);
    if (ip === null || count > maxHops) return null;
    if (!holdsAddress(trustedList, ip)) return ip;
    farthest = ip;
  }
  return farthest;
}

function* readAddressList(value: string): Generator<string> {
  let end = value.length;
  while (end >= 0) {
    const commaAt = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    yield value.slice(commaAt + 1, end);
    end = commaAt;
  }
}

/**
 * The `for` of each element. Quotes that a client left open would swallow what the proxies added behind them, so a
 * header whose quotes do not balance is not believed at all.
 */
function* readForwarded(value: string): Generator<string> {
  const elements = splitUnquoted(value, ',');
  for (const element of elements?.reverse() ?? ['']) {
    const nodes = (splitUnquoted(element, ';') ?? []).flatMap((pair) => readFor(pair) ?? []);
    yield nodes.length === 1 ? (nodes[0] ?? '') : '';
  }
}

function readFor(pair: string): string | undefined {
  const trimmed = pair.trim();
  if (trimmed.slice(0, 4).toLowerCase() !== 'for=') return undefined;
  const node = trimmed.slice(4);
  return node.startsWith('"') && node.endsWith('"') ? node.slice(1, -1) : node;
}

/** Splits outside quoted strings; null where a quoted string does not end. */
function splitUnquoted(text: string, separator: string): string[] | null {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isQuoted && char === '\\') at += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (isQuoted) return null;
  parts.push(text.slice(start));
  return parts;
}

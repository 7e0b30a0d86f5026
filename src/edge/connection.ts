import type { IncomingMessage } from 'node:http';
import { readCountryHeader } from '../enrich/geo.ts';
import type { ConnectionFacts } from './context.ts';
import type { ClientLookup } from './site.ts';

/** A connection and what the trusted proxies on it say of the client, but for its place. */
export interface Connection extends Pick<ConnectionFacts, 'ip' | 'protocol'> {
  /** The TCP peer's address. */
  readonly peer: string;
  readonly isPeerTrusted: boolean;
}

/** Reads the connection of a request; cheap enough for every page and image that passes. */
export function connectionOf(req: IncomingMessage, client: ClientLookup): Connection {
  const raw = req.socket.remoteAddress ?? '';
  const peer = raw.startsWith('::ffff:') ? raw.slice(7) : raw;
  const { addressHeader } = client;
  const { ip, trusted } = client.address(peer, { [addressHeader]: headerText(req, addressHeader) });
  return { ip, protocol: trusted ? statedProtocol(req) : 'http', peer, isPeerTrusted: trusted };
}

/** The same with the client's place: what a trusted proxy states, else what the address tells. */
export function withPlace(
  req: IncomingMessage,
  connection: Connection,
  client: ClientLookup,
): Connection & ConnectionFacts {
  const { ip, isPeerTrusted } = connection;
  const stated = isPeerTrusted && client.countryHeader !== null ? headerText(req, client.countryHeader) : '';
  const country = readCountryHeader(stated);
  if (country !== null) return { ...connection, country };
  return ip === null ? connection : { ...connection, ...client.geo.lookup(ip) };
}

/** How the client reached the first proxy, which comes first where several proxies have added theirs. */
function statedProtocol(req: IncomingMessage): 'http' | 'https' {
  const stated = headerText(req, 'x-forwarded-proto') || forwardedProtocol(headerText(req, 'forwarded'));
  return /^\s*https\s*(?:,|$)/i.test(stated) ? 'https' : 'http';
}

/** The first `proto` of an RFC 7239 header. */
function forwardedProtocol(forwarded: string): string {
  return forwarded === '' ? '' : (/(?:^|[;,\s])proto="?(https?)\b/i.exec(forwarded)?.[1] ?? '');
}

function headerText(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value : '';
}

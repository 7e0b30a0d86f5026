import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { isPublicAddress } from '../delivery/public-address.ts';
import { isSameSite } from './trace-browser.ts';

/** The one kind of request that a walk makes. */
export interface PageRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Why a request got no answer. */
export type NetworkFault =
  | 'private_address'
  | 'unknown_host'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'broken_connection'
  | 'bad_answer';

/** One answer, as far as a walk reads it. */
export interface PageAnswered {
  readonly kind: 'answered';
  readonly status: number;
  /** By lower-case name; repeated headers joined by `, `. Without Set-Cookie. */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  /** The beginning of an HTML page, at most 64 KB; empty for everything else. */
  readonly html: string;
}

/** One request that got no answer, and why. */
export interface PageFailed {
  readonly kind: 'failed';
  readonly fault: NetworkFault;
  readonly message: string;
}

/** What came of one request. */
type PageAnswer = PageAnswered | PageFailed;

/** The outside as a walk reaches it. */
export interface TraceNetwork {
  /** Never rejects and never follows a redirect. */
  get(page: PageRequest): Promise<PageAnswer>;
  close(): Promise<void>;
}

/** Private addresses: refused, or reached as they are. */
export type AddressPolicy = 'public' | 'any';

const maxHtmlBytes = 64 * 1024;
/** What Chrome takes; a page with many cookies sends more than Node's default of 16 KB. */
const maxHeaderBytes = 256 * 1024;
const maxConnectMs = 30_000;

/** An address was not connected to because it is not public; the message is the address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/** Sends the requests of some sites to a gateway, wherever DNS says that the sites are. */
export interface Detour {
  /** Only scheme, host and port count. It was named on purpose, so that it may be private. */
  readonly gateway: URL;
  /** A host of each site; the others of the same registrable domain go with it. */
  readonly siteHosts: readonly string[];
}

/** Where a request goes instead; undefined where it goes to where it says. */
export function detourOf({ hostname }: URL, detour: Detour | undefined): URL | undefined {
  return detour?.siteHosts.some((host) => isSameSite(hostname, host)) === true ? detour.gateway : undefined;
}

/**
 * Opens the network; under the policy `public` an address that is not public is never connected to, but for the
 * detour's gateway.
 */
export function openTraceNetwork(policy: AddressPolicy, detour?: Detour): TraceNetwork {
  const direct = openAgent(policy);
  const named = openAgent('any');
  return {
    async get(page) {
      const gateway = detourOf(page.url, detour);
      try {
        if (gateway === undefined) return await getPage(page, page.url.origin, direct);
        return await getPage(asForwarded(page, gateway), gateway.origin, named);
      } catch (error) {
        return failureOf(error, gateway === undefined ? page : { ...page, url: gateway });
      }
    },
    close: async () => void (await Promise.all([direct.destroy(), named.destroy()])),
  };
}

function openAgent(policy: AddressPolicy): Agent {
  return new Agent({ connections: 4, maxHeaderSize: maxHeaderBytes, connect: guardedConnector(policy) });
}

/** As a TLS terminator in front of the gateway would send it: the site's host, and how the visitor came. */
function asForwarded(page: PageRequest, gateway: URL): PageRequest {
  const { host, protocol } = page.url;
  const isUpgraded = protocol === 'https:' && gateway.protocol === 'http:';
  return { ...page, headers: { ...page.headers, host, ...(isUpgraded && { 'x-forwarded-proto': 'https' }) } };
}

async function getPage(
  { url, headers, timeoutMs }: PageRequest,
  origin: string,
  dispatcher: Agent,
): Promise<PageAnswer> {
  const { pathname, search } = url;
  const answer = await request(`${origin}${pathname}${search}`, {
    headers,
    dispatcher,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { statusCode: status, headers: received, body } = answer;
  body.on('error', () => undefined);
  const isHtml = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(
    [received['content-type']].flat()[0] ?? '',
  );
  const html = isHtml ? await readBeginning(answer) : '';
  body.destroy();
  const { 'set-cookie': setCookie, ...rest } = received;
  return {
    kind: 'answered',
    status,
    headers: Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
    ),
    setCookies: [setCookie ?? []].flat(),
    html,
  };
}

/** A page that breaks off is acted on as far as it came, as browsers do. */
async function readBeginning({ body, headers }: Dispatcher.ResponseData): Promise<string> {
  const encoding = [headers['content-encoding']].flat()[0]?.trim().toLowerCase() ?? '';
  const decoder = decoders.get(encoding)?.();
  const source = decoder === undefined ? body : pipeline(body, decoder, () => undefined);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      if (!(chunk instanceof Uint8Array)) break;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxHtmlBytes) break;
    }
  } catch {
    // Nothing more comes.
  }
  return Buffer.concat(chunks).subarray(0, maxHtmlBytes).toString('utf8');
}

const decoders = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** An address written out in the URL is looked at here, a name's addresses in the look-up that the connection uses. */
function guardedConnector(policy: AddressPolicy): ReturnType<typeof buildConnector> {
  const connect = buildConnector({ timeout: maxConnectMs, lookup: lookupUnder(policy) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (policy === 'public' && isIP(host) !== 0 && !isPublicAddress(host))
      return callback(new PrivateAddressError(host), null);
    connect(options, callback);
  };
}

/** A look-up that refuses what the policy refuses. As in browsers, every name below `localhost` is this machine (RFC 6761, 6.3). */
export function lookupUnder(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    const name = /(?:^|\.)localhost\.?$/i.test(hostname) ? 'localhost' : hostname;
    lookup(name, { ...options, all: true }, (error, found) => {
      const refused =
        policy === 'public' ? found?.find(({ address }) => !isPublicAddress(address)) : undefined;
      if (refused !== undefined) return callback(new PrivateAddressError(refused.address), []);
      if (error !== null || options.all === true) return callback(error, found);
      callback(null, found[0]?.address ?? '', found[0]?.family);
    });
  };
}

/** What a failed request comes to, in words. */
export function failureOf(
  error: unknown,
  { url, timeoutMs }: Pick<PageRequest, 'url' | 'timeoutMs'>,
): PageFailed {
  const { name, code, message } = describe(error);
  if (name === 'PrivateAddressError')
    return {
      kind: 'failed',
      fault: 'private_address',
      message: `${url.host} is the private address ${message}. Add --allow-private if that is meant.`,
    };
  const fault = name === 'TimeoutError' ? 'timeout' : faultOf(code, message);
  return {
    kind: 'failed',
    fault,
    message: explainFault(fault, { host: url.host, timeoutMs, code, message }),
  };
}

/** What an error code of Node, OpenSSL or undici means for a walk. */
export function faultOf(code: string, message = ''): NetworkFault {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') return 'unknown_host';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EADDRNOTAVAIL') return 'unreachable';
  if (code.includes('TIMEOUT') || code === 'ETIMEDOUT') return 'timeout';
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code) || /\b(?:ssl|tls)\b/i.test(message))
    return 'tls';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'broken_connection';
  return 'bad_answer';
}

interface FaultFacts {
  readonly host: string;
  readonly timeoutMs: number;
  readonly code: string;
  readonly message: string;
}

/** What is wrong, what was seen and what to do, in one or two sentences. */
export function explainFault(fault: NetworkFault, { host, timeoutMs, code, message }: FaultFacts): string {
  const seen = code === '' ? message.slice(0, 200) : code;
  switch (fault) {
    case 'unknown_host':
      return `DNS knows no address of ${host} (${seen}). Check the spelling of the host, and its DNS record.`;
    case 'refused':
      return `${host} refuses the connection (${seen}). Check that the server runs and listens on this port.`;
    case 'unreachable':
      return `There is no way to ${host} (${seen}). Check the network, and the address its DNS record names.`;
    case 'timeout':
      return `${host} did not answer within ${timeoutMs / 1000} s. Try again with a longer --timeout.`;
    case 'tls':
      return `${tlsTrouble(code, host)} (${seen}). A browser would stop here with a warning.`;
    case 'broken_connection':
      return `${host} closed the connection in the middle (${seen}). Check the server's log.`;
    case 'private_address':
      return `${host} is a private address. Add --allow-private if that is meant.`;
    case 'bad_answer':
      return `The answer of ${host} is no readable HTTP (${seen}). Check that it is a web server.`;
  }
}

function tlsTrouble(code: string, host: string): string {
  if (code === 'CERT_HAS_EXPIRED') return `The certificate of ${host} has expired: renew it`;
  if (code === 'CERT_NOT_YET_VALID') return `The certificate of ${host} is not valid yet: check its dates`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `The certificate of ${host} is for other names: add this host to it`;
  if (/SELF_SIGNED/.test(code))
    return `The certificate of ${host} is self-signed: use one of a public authority`;
  if (code === 'CERT_UNTRUSTED')
    return `The certificate of ${host} is self-signed or of an authority that browsers do not know: use one of a public authority`;
  if (/UNABLE_TO_(?:VERIFY|GET)/.test(code))
    return `The certificate chain of ${host} is incomplete: send the intermediate certificates too`;
  return `No encrypted connection to ${host} could be made: check that the port speaks TLS`;
}

function describe(error: unknown): {
  readonly name: string;
  readonly code: string;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { name: '', code: '', message: String(error) };
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const source = inner instanceof Error ? inner : error;
  const code = 'code' in source && typeof source.code === 'string' ? source.code : '';
  return { name: source.name, code, message: source.message };
}

import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, request as undiciRequest } from 'undici';
import type { Answer, Request } from '../contract/destination.ts';
import { appendLines } from './append.ts';
import { isPublicAddress } from './public-address.ts';
import { createTokenSender } from './token.ts';

type HttpRequest = Extract<Request, { kind: 'http' }>;

/** Most of a platform's answer that is read; the rest is thrown away. */
const maxAnswerBytes = 64 * 1024;

/** The outside as delivery reaches it. */
export interface Sender {
  /** Never rejects: every failure is an answer of kind `failed`. */
  send(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/** Opens connection pools; redirects are never followed, private addresses refused unless the request allows them. */
export function createSender(nowMs: () => number): Sender {
  const options = { connections: 64, pipelining: 1, connectTimeout: 10_000 };
  const open = new Agent(options);
  const guarded = new Agent({ ...options, connect: guardedConnector() });
  const appends = new Map<string, Promise<Answer>>();
  const sendWithToken = createTokenSender(
    (request) => sendHttp(request, request.allowPrivate ? open : guarded),
    nowMs,
  );
  return {
    send(request) {
      if (request.kind === 'http') return sendWithToken(request);
      // Appends to one file go one after the other, so that rotation and lines never interleave.
      const earlier = appends.get(request.path) ?? Promise.resolve();
      const answer = earlier.then(() => appendLines(request, nowMs()));
      appends.set(request.path, answer);
      return answer;
    },
    async close() {
      await Promise.all([...appends.values()]);
      await Promise.all([open.close(), guarded.close()]);
    },
  };
}

async function sendHttp(request: HttpRequest, dispatcher: Agent): Promise<Answer> {
  try {
    const { statusCode, headers, body } = await undiciRequest(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.method === 'GET' ? null : request.body,
      dispatcher,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const text = await readBounded(body);
    return {
      kind: 'answered',
      status: statusCode,
      headers: flatten(headers),
      body: mask(text, request.secrets),
    };
  } catch (error) {
    return failed(error, request.secrets);
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (size < maxAnswerBytes) chunks.push(chunk);
    size += chunk.length;
    if (size > 16 * maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString('utf8');
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = [value].flat().join(', ');
  return flat;
}

function failed(error: unknown, secrets: readonly string[]): Answer {
  const { name, message, code } = describe(error);
  if (name === 'PrivateAddressError') return { kind: 'failed', error: 'refused_address', message };
  const isTimeout = name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code);
  const shown = mask(code === '' ? message : `${code}: ${message}`, secrets);
  return { kind: 'failed', error: isTimeout ? 'timeout' : 'network', message: shown.slice(0, 300) };
}

/** A receiver may repeat in its answer what it was sent. */
function mask(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (masked, secret) => (secret === '' ? masked : masked.replaceAll(secret, '***')),
    text,
  );
}

function describe(error: unknown): { name: string; message: string; code: string } {
  if (!(error instanceof Error)) return { name: '', message: String(error), code: '' };
  const cause = error.cause instanceof PrivateAddressError ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return { name: cause.name, message: cause.message, code };
}

/**
 * Refuses private, loopback, link-local and other special addresses before anything is connected to: an address written
 * out in the URL here, a name's addresses in the very look-up that the connection uses.
 */
function guardedConnector(): ReturnType<typeof buildConnector> {
  const connect = buildConnector({ timeout: 10_000, lookup: guardedLookup });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host))
      return callback(new PrivateAddressError(refusal(host)), null);
    connect(options, callback);
  };
}

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const refused = error === null ? found.find(({ address }) => !isPublicAddress(address)) : undefined;
    if (refused !== undefined) return callback(new PrivateAddressError(refusal(refused.address)), []);
    if (error !== null || options.all === true) return callback(error, found);
    callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};

function refusal(address: string): string {
  return `${address} is a private address; set allowPrivate: true on the destination if that is meant`;
}

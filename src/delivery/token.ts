import { createHash, sign } from 'node:crypto';
import { z } from 'zod';
import type { Answer, Request } from '../contract/destination.ts';
import type { OAuthGrant } from '../contract/oauth.ts';

type HttpRequest = Extract<Request, { kind: 'http' }>;
type Send = (request: HttpRequest) => Promise<Answer>;
type Failure = Extract<Answer, { kind: 'failed' }>;

interface Token {
  readonly text: string;
  /** Not used from then on, UTC milliseconds. */
  readonly staleAtMs: number;
}

/** A token is renewed this long before it ends, so that none ends on its way. */
const marginMs = 60_000;
/** Where the server does not say how long a token lasts, which RFC 6749 section 5.1 only recommends. */
const unstatedSeconds = 360;
/** The longest statement that Google takes (OAuth 2.0 for service accounts, 2026-11-24). */
const assertionSeconds = 3600;

/**
 * Sends requests with an access token of their grant. Tokens live in memory only, one for each grant, and are fetched
 * once however many requests wait for them. Where the platform answers 401 to a kept token, a new one is tried, once.
 */
export function createTokenSender(send: Send, nowMs: () => number): Send {
  const keepers = new Map<string, TokenKeeper>();
  return async (request) => {
    const { oauth } = request;
    if (oauth === undefined) return await send(request);
    const key = keyOf(oauth);
    const keeper = keepers.get(key) ?? new TokenKeeper(send, nowMs);
    keepers.set(key, keeper);
    const token = await keeper.token(request, oauth);
    if (!('text' in token)) return token;
    const answer = await send(withToken(request, token));
    if (answer.kind === 'failed' || answer.status !== 401) return answer;
    keeper.forget(token);
    const renewed = await keeper.token(request, oauth);
    if (!('text' in renewed)) return renewed;
    return renewed.text === token.text ? answer : await send(withToken(request, renewed));
  };
}

/** One grant's token. */
class TokenKeeper {
  readonly #send: Send;
  readonly #nowMs: () => number;
  #kept: Token | undefined;
  #asking: Promise<Token | Failure> | undefined;

  constructor(send: Send, nowMs: () => number) {
    this.#send = send;
    this.#nowMs = nowMs;
  }

  async token(request: HttpRequest, grant: OAuthGrant): Promise<Token | Failure> {
    if (this.#kept !== undefined && this.#kept.staleAtMs > this.#nowMs()) return this.#kept;
    this.#asking ??= this.#ask(request, grant).finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  /** Whoever saw the token refused; a newer one stays. */
  forget(token: Token): void {
    if (this.#kept === token) this.#kept = undefined;
  }

  async #ask(request: HttpRequest, grant: OAuthGrant): Promise<Token | Failure> {
    const form = formOf(grant, this.#nowMs());
    if (form === undefined) return refused('the private key of the service account cannot be read');
    const { allowPrivate, timeoutMs } = request;
    const answer = await this.#send({
      kind: 'http',
      method: 'POST',
      url: grant.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      secrets: secretFields.flatMap((name) => form.get(name) ?? []),
      allowPrivate,
      timeoutMs,
    });
    const token = readToken(answer, this.#nowMs());
    this.#kept = 'text' in token ? token : undefined;
    return token;
  }
}

const secretFields = ['client_secret', 'refresh_token', 'assertion'];

function keyOf(grant: OAuthGrant): string {
  const parts =
    grant.kind === 'refresh_token'
      ? [grant.clientId, grant.clientSecret.reveal(), grant.refreshToken.reveal()]
      : [grant.email, grant.privateKey.reveal(), grant.scope];
  return createHash('sha256')
    .update(JSON.stringify([grant.kind, grant.tokenUrl, ...parts]))
    .digest('base64');
}

function withToken(request: HttpRequest, { text }: Token): HttpRequest {
  return {
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${text}` },
    secrets: [...request.secrets, text],
  };
}

/** What is asked for; undefined where the statement cannot be signed. */
function formOf(grant: OAuthGrant, atMs: number): URLSearchParams | undefined {
  if (grant.kind === 'refresh_token') {
    return new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: grant.clientId,
      client_secret: grant.clientSecret.reveal(),
      refresh_token: grant.refreshToken.reveal(),
    });
  }
  const assertion = signAssertion(grant, atMs);
  if (assertion === undefined) return undefined;
  return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
}

function signAssertion(
  { email, privateKey, keyId, scope, tokenUrl }: Extract<OAuthGrant, { kind: 'service_account' }>,
  atMs: number,
): string | undefined {
  const issuedAt = Math.floor(atMs / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
  const claims = { iss: email, scope, aud: tokenUrl, iat: issuedAt, exp: issuedAt + assertionSeconds };
  const statement = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  try {
    return `${statement}.${sign('RSA-SHA256', Buffer.from(statement), privateKey.reveal()).toString('base64url')}`;
  } catch {
    return undefined;
  }
}

const tokenSchema = z.object({
  access_token: z
    .string()
    .min(1)
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().max(10_000_000).optional().catch(undefined),
});

// Names only (RFC 6749 section 5.2); the description is free text, but about the grant and never about a visitor.
const errorSchema = z.object({
  error: z.string().regex(/^[\w.-]{1,64}$/),
  error_description: z.string().optional().catch(undefined),
});

/** A token, or why there is none. Only a stated OAuth error is the grant's fault; the rest passes. */
function readToken(answer: Answer, atMs: number): Token | Failure {
  if (answer.kind === 'failed') return { ...answer, message: `token server: ${answer.message}` };
  const { status, body } = answer;
  const json = parseJson(body);
  const token = status >= 200 && status < 300 ? tokenSchema.safeParse(json).data : undefined;
  if (token !== undefined) {
    const lifeMs = (token.expires_in ?? unstatedSeconds) * 1000;
    return { text: token.access_token, staleAtMs: atMs + Math.max(lifeMs - marginMs, lifeMs / 2) };
  }
  const error = errorSchema.safeParse(json).data;
  const isOurs = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (error === undefined || !isOurs)
    return { kind: 'failed', error: 'network', message: `token server: HTTP ${status}` };
  const description =
    error.error_description === undefined ? '' : `: ${error.error_description.slice(0, 200)}`;
  return refused(`HTTP ${status}, ${error.error}${description}`);
}

function refused(message: string): Failure {
  return { kind: 'failed', error: 'credentials', message: `token server: ${message}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

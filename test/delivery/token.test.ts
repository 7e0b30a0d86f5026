import { generateKeyPairSync, verify } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Request } from '../../src/contract/destination.ts';
import type { OAuthGrant } from '../../src/contract/oauth.ts';
import { createSender } from '../../src/delivery/send.ts';
import { Secret } from '../../src/model/secret.ts';
import { type Received, startReceiver } from './server.ts';

type HttpRequest = Extract<Request, { kind: 'http' }>;
type Reply = (res: ServerResponse, received: Received) => void;

const json =
  (status: number, body: object): Reply =>
  (res) =>
    void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const keys = { publicKey: '', privateKey: '' };
beforeAll(() => {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  Object.assign(keys, pair);
});

/** A token server and a platform that takes only the tokens it calls valid; the clock moves when the test says so. */
async function start(answer: { token: Reply; api?: Reply }) {
  const tokens = await startReceiver((res, received) => answer.token(res, received));
  const api = await startReceiver((res, received) => (answer.api ?? json(200, { ok: true }))(res, received));
  const clock = { nowMs: 1_795_428_000_000 };
  const sender = createSender(() => clock.nowMs);
  onTestFinished(() => sender.close());
  const refreshGrant: OAuthGrant = {
    kind: 'refresh_token',
    tokenUrl: `${tokens.url}/token`,
    clientId: 'client-1',
    clientSecret: new Secret('GOCSPX-synthetic'),
    refreshToken: new Secret('1//synthetic'),
  };
  const send = (oauth: OAuthGrant = refreshGrant) => {
    const request: HttpRequest = {
      kind: 'http',
      method: 'POST',
      url: `${api.url}/v1/events`,
      headers: { 'content-type': 'application/json' },
      body: '{}',
      secrets: [],
      allowPrivate: true,
      timeoutMs: 5000,
      oauth,
    };
    return sender.send(request);
  };
  const sentTokens = () => api.received.map(({ headers }) => headers.authorization);
  return { answer, tokens, api, clock, send, sentTokens, refreshGrant };
}

/** Tokens `t-1`, `t-2` and so on, each for an hour. */
function numbered(): Reply {
  let count = 0;
  return (res, received) => {
    count += 1;
    json(200, { access_token: `t-${count}`, expires_in: 3600, token_type: 'Bearer' })(res, received);
  };
}

describe('a refresh token', () => {
  it('is exchanged as RFC 6749 section 6 says, and the request goes out with what it gave', async () => {
    const { send, tokens, sentTokens } = await start({ token: numbered() });
    expect(await send()).toMatchObject({ kind: 'answered', status: 200 });
    expect(tokens.received).toHaveLength(1);
    expect(tokens.received[0]).toMatchObject({ method: 'POST', url: '/token' });
    expect(tokens.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(tokens.received[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client-1',
      client_secret: 'GOCSPX-synthetic',
      refresh_token: '1//synthetic',
    });
    expect(sentTokens()).toEqual(['Bearer t-1']);
  });

  it('is exchanged once for all requests that wait, and again a minute before the token ends', async () => {
    const { send, sentTokens, clock } = await start({ token: numbered() });
    await Promise.all([send(), send(), send()]);
    clock.nowMs += 3_539_000;
    await send();
    clock.nowMs += 1000;
    await send();
    expect(sentTokens()).toEqual(['t-1', 't-1', 't-1', 't-1', 't-2'].map((token) => `Bearer ${token}`));
  });

  it('is exchanged anew once where the platform no longer takes the token', async () => {
    const { send, sentTokens } = await start({
      token: numbered(),
      api: (res, { headers }) => void res.writeHead(headers.authorization === 'Bearer t-2' ? 200 : 401).end(),
    });
    expect(await send()).toMatchObject({ status: 200 });
    expect(sentTokens()).toEqual(['Bearer t-1', 'Bearer t-2']);
  });

  it('is not exchanged for ever where the platform takes no token at all', async () => {
    const { send, tokens, sentTokens } = await start({
      token: numbered(),
      api: (res) => void res.writeHead(401).end(),
    });
    expect(await send()).toMatchObject({ status: 401 });
    expect(tokens.received).toHaveLength(2);
    expect(sentTokens()).toEqual(['Bearer t-1', 'Bearer t-2']);
  });

  it('that was revoked is the fault of the credentials, in the words of the server', async () => {
    const { send, api } = await start({
      token: json(400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }),
    });
    expect(await send()).toEqual({
      kind: 'failed',
      error: 'credentials',
      message: 'token server: HTTP 400, invalid_grant: Token has been expired or revoked.',
    });
    expect(api.received).toEqual([]);
  });

  it('is asked for again once it is mended', async () => {
    const { answer, send } = await start({ token: json(401, { error: 'invalid_client' }) });
    expect(await send()).toMatchObject({ error: 'credentials' });
    answer.token = numbered();
    expect(await send()).toMatchObject({ kind: 'answered', status: 200 });
  });
});

describe('a token server that is not well', () => {
  it.each([
    { title: 'answers 503', token: json(503, { error: 'unavailable' }), message: 'token server: HTTP 503' },
    { title: 'limits the rate', token: json(429, { error: 'slow_down' }), message: 'token server: HTTP 429' },
    {
      title: 'answers with a page',
      token: ((res) => void res.writeHead(403).end('<!doctype html><title>Sorry</title>')) satisfies Reply,
      message: 'token server: HTTP 403',
    },
    {
      title: 'answers without a token',
      token: json(200, { token_type: 'Bearer' }),
      message: 'token server: HTTP 200',
    },
    {
      title: 'answers with a token that no header can carry',
      token: json(200, { access_token: 'a\r\nhost: b' }),
      message: 'token server: HTTP 200',
    },
  ])('is tried again when it $title', async ({ token, message }) => {
    const { send, api } = await start({ token });
    expect(await send()).toEqual({ kind: 'failed', error: 'network', message });
    expect(api.received).toEqual([]);
  });
});

describe('a service account', () => {
  it('signs a statement of one hour for the scope, with its key (RFC 7523)', async () => {
    const { send, tokens, sentTokens, clock } = await start({ token: numbered() });
    const tokenUrl = `${tokens.url}/token`;
    await send({
      kind: 'service_account',
      tokenUrl,
      email: 'tags@project-1.iam.gserviceaccount.com',
      privateKey: new Secret(keys.privateKey),
      keyId: 'key-1',
      scope: 'https://www.googleapis.com/auth/datamanager',
    });
    const form = new URLSearchParams(tokens.received[0]?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    const issuedAt = clock.nowMs / 1000;
    expect(read(claims)).toEqual({
      iss: 'tags@project-1.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/datamanager',
      aud: tokenUrl,
      iat: issuedAt,
      exp: issuedAt + 3600,
    });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify('RSA-SHA256', signed, keys.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(sentTokens()).toEqual(['Bearer t-1']);
  });

  it('whose key cannot be read is the fault of the credentials, and nothing is sent', async () => {
    const { send, tokens, refreshGrant } = await start({ token: numbered() });
    const answer = await send({
      kind: 'service_account',
      tokenUrl: refreshGrant.tokenUrl,
      email: 'tags@project-1.iam.gserviceaccount.com',
      privateKey: new Secret('not a key'),
      scope: 'https://www.googleapis.com/auth/datamanager',
    });
    expect(answer).toMatchObject({ kind: 'failed', error: 'credentials' });
    expect(tokens.received).toEqual([]);
  });
});

describe('secrets of a grant', () => {
  it('are masked in what comes back, as the access token is', async () => {
    const { send } = await start({
      token: json(400, { error: 'invalid_client', error_description: 'bad secret GOCSPX-synthetic' }),
    });
    expect(JSON.stringify(await send())).not.toContain('synthetic');
    const echoing = await start({
      token: json(200, { access_token: 'access-token-1', expires_in: 60 }),
      api: (res, { headers }) => void res.writeHead(400).end(`you sent ${headers.authorization}`),
    });
    expect(await echoing.send()).toMatchObject({ status: 400, body: 'you sent Bearer ***' });
  });

  it('keep two grants apart', async () => {
    const { send, sentTokens, refreshGrant } = await start({ token: numbered() });
    await send();
    if (refreshGrant.kind !== 'refresh_token') throw new Error('another grant than expected');
    await send({ ...refreshGrant, refreshToken: new Secret('1//another') });
    await send();
    expect(sentTokens()).toEqual(['Bearer t-1', 'Bearer t-2', 'Bearer t-1']);
  });
});

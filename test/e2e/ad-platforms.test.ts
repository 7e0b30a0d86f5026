import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startReceiver } from '../delivery/server.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';

const platforms = ['google-ads', 'tiktok', 'microsoft', 'linkedin', 'pinterest'];
const secrets = ['s3cr3t-refresh', 's3cr3t-client', 's3cr3t-token', 'access-token-1'];
const contact = ['jane.doe@example.com', '18005550100'];

const toldSchema = z.object({
  events: z.array(
    z.object({
      decisions: z.array(
        z.object({ stop: z.string(), reason: z.string(), destination: z.string().optional() }),
      ),
    }),
  ),
});

/** Five platforms and Google's token server behind one port; each path is one platform's own. */
async function startPlatforms() {
  const api = await startReceiver((res, { url, body }) => {
    const answer = (json: object) => void res.writeHead(200).end(JSON.stringify(json));
    if (url === '/token') return answer({ access_token: 'access-token-1', expires_in: 3600 });
    const count = z.object({ data: z.array(z.unknown()) }).safeParse(JSON.parse(body)).data?.data.length ?? 0;
    if (url.startsWith('/v1/events:ingest')) return answer({ requestId: 'r-1' });
    if (url.startsWith('/open_api/')) return answer({ code: 0, message: 'OK' });
    if (url.startsWith('/v1/56012345/')) return answer({ eventsReceived: count });
    if (url.startsWith('/v5/'))
      return answer({ events: Array.from({ length: count }, () => ({ status: 'processed' })) });
    return answer({ elements: [{ status: 201 }] });
  });
  return { api, to: { host: api.url, allowPrivate: true } };
}

function writeRules(): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-ads-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'ads.yaml'), `rules:\n  - name: all\n    to: [${platforms.join(', ')}]\n`);
  return folder;
}

function destinationsAt(to: { readonly host: string; readonly allowPrivate: boolean }) {
  const conversions = { purchase: '100' };
  const googleSignIn = { clientId: 'c-1', clientSecret: 's3cr3t-client', refreshToken: 's3cr3t-refresh' };
  const accessToken = 's3cr3t-token';
  const settings = [
    [
      'google-ads',
      {
        customerId: '1234567890',
        conversionActions: conversions,
        ...googleSignIn,
        tokenUrl: `${to.host}/token`,
      },
    ],
    ['tiktok', { pixelCode: 'C4A1BCDEFGHIJK2LMNOP', accessToken }],
    ['microsoft', { tagId: '56012345', accessToken }],
    ['linkedin', { conversions, accessToken }],
    ['pinterest', { adAccountId: '549755885175', accessToken }],
  ] as const;
  return Object.fromEntries(settings.map(([type, own]) => [type, { type, settings: { ...own, ...to } }]));
}

/** A browser's purchase after a click on all five platforms. */
function purchase(origin: string, id: string, consent: string) {
  return fetch(`${origin}/t/e`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
      cookie: `tl_consent=${consent}; tl_visitor=1.vvvvvvvvvvvvvvvvvvvvvv.1780000000.1780000000`,
    },
    body: JSON.stringify({
      id,
      name: 'purchase',
      page: {
        url: `${origin}/thanks?gclid=Cj0KCQiA-abc&ttclid=E.C.P.abc123&msclkid=0123456789abcdef0123456789abcdef&li_fat_id=550e8400-e29b-41d4-a716-446655440000&epik=dj0yJnU9abc`,
      },
      value: 42.5,
      currency: 'EUR',
      transactionId: 'A-1',
      user: { email: 'Jane.Doe@example.com', phone: '+1 (800) 555-0100' },
    }),
  });
}

describe('a purchase after a click', () => {
  it('reaches every ad platform with its click id and hashed contact data, and leaves no secret behind', async () => {
    const { api, to } = await startPlatforms();
    const { gateway, stored } = await startStack({
      config: { rules: writeRules(), destinations: destinationsAt(to) },
    });
    expect((await purchase(gateway.origin, 'order-1', '1.ggggggg')).status).toBe(204);
    await until('five deliveries', () => api.received.length >= 6);
    await gateway.settled();

    const bodies = api.received
      .filter(({ url }) => url !== '/token')
      .map(({ url, body }) => `${url} ${body}`);
    const of = (path: string) => bodies.filter((one) => one.startsWith(path));
    const emailHash = '86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d';
    for (const [path, clickId] of [
      ['/v1/events:ingest', 'Cj0KCQiA-abc'],
      ['/open_api/v1.3/event/track/', 'E.C.P.abc123'],
      ['/v1/56012345/events', '0123456789abcdef0123456789abcdef'],
      ['/rest/conversionEvents', '550e8400-e29b-41d4-a716-446655440000'],
      ['/v5/ad_accounts/549755885175/events', 'dj0yJnU9abc'],
    ] as const) {
      expect(of(path), path).toHaveLength(1);
      expect(of(path)[0]).toContain(clickId);
      // Microsoft hashes the address without its dots.
      if (path !== '/v1/56012345/events') expect(of(path)[0]).toContain(emailHash);
    }
    for (const text of contact) expect(bodies.join('\n')).not.toContain(text);
    const told = await (await fetch(`${gateway.adminUrl}api/explain?key=order-1`)).text();
    expect(told).toContain('requestId r-1');
    for (const secret of secrets) {
      expect(told).not.toContain(secret);
      expect(gateway.logged()).not.toContain(secret);
      expect(stored().includes(secret)).toBe(false);
    }
  });

  it('reaches none of them where advertising was refused', async () => {
    const { api, to } = await startPlatforms();
    const { gateway } = await startStack({
      config: { rules: writeRules(), destinations: destinationsAt(to) },
    });
    expect((await purchase(gateway.origin, 'order-2', '1.dgddggg')).status).toBe(204);
    const refused = await until('the refusals', async () => {
      const told = toldSchema.parse(await (await fetch(`${gateway.adminUrl}api/explain?key=order-2`)).json());
      const gated = told.events.flatMap(({ decisions }) => decisions).filter(({ stop }) => stop === 'gate');
      return gated.length > 0 && gated;
    });
    expect(refused.map(({ destination, reason }) => `${destination}: ${reason}`).sort()).toEqual(
      platforms.map((platform) => `${platform}: consent_denied`).sort(),
    );
    await gateway.settled();
    expect(api.received).toEqual([]);
  });
});

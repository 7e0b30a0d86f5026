import { describe, expect, it } from 'vitest';
import { accepted, ask, browser, post, refused } from './client.ts';
import { clientOf, startEdge, startProxy, startUpstream } from './edge.ts';

/** What must be nowhere in a stored line; each names where it was put. */
const credentials = {
  cookie: 'sid=canary-session; other=canary-other',
  authorization: 'Bearer canary-token',
};

describe("the site's own credentials", () => {
  it.each([
    ['our own protocol', 'POST', '/t/e', '{"name":"page_view","page":{"url":"https://shop.example/"}}'],
    ['the pixel', 'GET', '/t/e.gif?name=page_view', ''],
    ['GA4', 'POST', '/g/collect?v=2&tid=G-1&cid=1.2&en=page_view', ''],
    ['Segment', 'POST', '/v1/page', '{"anonymousId":"a1","name":"Home"}'],
  ])('never reach a stored line by %s', async (_title, method, path, body) => {
    for (const consent of [accepted, refused, 'x=1']) {
      const edge = await startEdge();
      const headers = { ...browser, ...credentials, cookie: `${consent}; ${credentials.cookie}` };
      await ask(edge.port, { method, path, headers, ...(body !== '' && { body }) });
      expect(edge.log.lines).toHaveLength(1);
      expect(edge.log.lines.join()).not.toContain('canary');
      expect(edge.logged.join()).not.toContain('canary');
    }
  });

  it('reach the upstream of the site, and no stored page view', async () => {
    const upstream = await startUpstream((req, res) => {
      res.setHeader('content-type', 'text/html');
      res.end(`${req.headers.cookie} ${req.headers.authorization}`);
    });
    const edge = await startProxy(upstream.url, { site: { pageViews: 'gateway' } });
    const cookie = `${accepted}; ${credentials.cookie}`;
    const answer = await ask(edge.port, {
      headers: { ...browser, ...credentials, cookie, accept: 'text/html' },
    });
    expect(answer.text).toContain('canary-session');
    expect(answer.text).toContain('canary-token');
    expect(edge.log.lines).toHaveLength(1);
    expect(edge.log.lines.join()).not.toContain('canary');
  });
});

const canaries = {
  cookie: [
    'tl_visitor=1.canaryVisitorAAAAAAAAA.1790000000.1795000000',
    '_ga=GA1.1.7777777777.1790000001',
    'ajs_anonymous_id=canary-segment',
    '_fbp=fb.1.1790000000002.canaryfbp',
    '_fbc=fb.1.1790000000003.canaryfbc',
    '_ttp=canary-ttp',
  ].join('; '),
  referer: 'https://www.shop.example/account?email=canary@mail.example',
} as const;

const purchase = {
  name: 'purchase',
  id: 'canary-event',
  // Stays: it names no browser, only one page life, by which the pipeline purges what it had held.
  loadId: 'load-1',
  userId: 'canary-user',
  clientIds: { ga: 'canary-cid' },
  page: {
    url: 'https://shop.example/thanks?order=canary-order&gclid=canary-gclid&utm_source=news#canary-hash',
    referrer: 'https://search.example/?q=canary-query&fbclid=canary-fbclid',
  },
  value: 42.5,
  currency: 'EUR',
  transactionId: 'canary-order',
  user: { email: 'canary@mail.example', phone: '+49 30 canary', firstName: 'Canary' },
  properties: { note: 'canary-property' },
};

describe('a visitor who refused everything', () => {
  it('leaves no identifier in the stored line, and the line says what was removed', async () => {
    const edge = await startEdge();
    const answer = await post(edge.port, purchase, { ...canaries, cookie: `${refused}; ${canaries.cookie}` });
    expect(answer.status).toBe(204);
    expect(edge.log.lines).toHaveLength(1);
    expect(edge.log.lines.join()).not.toMatch(/canary|7777777777|\+49/i);
    const [record] = edge.log.records();
    expect(record?.event).toMatchObject({ name: 'purchase', commerce: { value: 42.5, currency: 'EUR' } });
    expect(record?.decisions).toContainEqual(expect.objectContaining({ stop: 'redact', reason: 'redacted' }));
  });

  it('leaves none by the other protocols either', async () => {
    const edge = await startEdge();
    const headers = { ...browser, ...canaries, cookie: `${refused}; ${canaries.cookie}` };
    const page = encodeURIComponent('https://shop.example/?gclid=canary-gclid&email=canary@mail.example');
    await ask(edge.port, {
      path: `/t/e.gif?name=view&url=${page}&userId=canary-user&transactionId=canary-order`,
      headers,
    });
    await ask(edge.port, {
      method: 'POST',
      path: `/g/collect?v=2&tid=G-1&cid=canary-cid&sid=1790000009&uid=canary-user&dl=${page}&gcs=G100`,
      headers,
      body: 'en=purchase&ep.transaction_id=canary-order&epn.value=1\nen=login&ep.method=canary',
    });
    await ask(edge.port, {
      method: 'POST',
      path: '/v1/identify',
      headers,
      body: JSON.stringify({
        userId: 'canary-user',
        anonymousId: 'canary-anonymous',
        traits: { email: 'canary@mail.example' },
      }),
    });
    expect(edge.log.lines).toHaveLength(4);
    expect(edge.log.lines.join()).not.toMatch(/canary|7777777777|1790000009/i);
  });

  it('is not undone by a link that carries a consent', async () => {
    const upstream = await startUpstream(
      (_req, res) => void res.setHeader('content-type', 'text/html').end('page'),
    );
    const edge = await startProxy(upstream.url, { site: { pageViews: 'gateway' } });
    const path =
      '/?gcs=G111&gcd=13r3r3r3r5l1&npa=0&consent=%7B%22analytics_storage%22%3A%22granted%22%7D&gclid=canary';
    const answer = await ask(edge.port, { path, headers: { ...browser, accept: 'text/html' } });
    expect(answer.headers['set-cookie']).toBeUndefined();
    const [record] = edge.log.records();
    expect(record?.event.consent.types.analytics_storage.granted).toBe(false);
    expect(edge.log.lines.join()).not.toContain('canary');
  });
});

describe('a visitor who accepted everything', () => {
  it('is kept whole: the same values are in the line', async () => {
    const edge = await startEdge();
    await post(edge.port, purchase, { ...canaries, cookie: `${accepted}; ${canaries.cookie}` });
    const [record] = edge.log.records();
    expect(record?.event).toMatchObject({
      id: 'canary-event',
      page: purchase.page,
      visitor: {
        key: 'canaryVisitorAAAAAAAAA',
        userId: 'canary-user',
        clientIds: {
          ga: 'canary-cid',
          segment: 'canary-segment',
          fbp: 'fb.1.1790000000002.canaryfbp',
          ttp: 'canary-ttp',
        },
      },
      commerce: { transactionId: 'canary-order' },
      user: { emails: ['canary@mail.example'] },
      campaign: { touch: { source: 'news', clickIds: { gclid: { value: 'canary-gclid' } } } },
      properties: { note: 'canary-property' },
    });
  });
});

describe("the client's address", () => {
  const events = async (
    options: Parameters<typeof startEdge>[0],
    headers: Readonly<Record<string, string>>,
  ) => {
    const edge = await startEdge(options);
    await post(edge.port, { name: 'x' }, { cookie: accepted, ...headers });
    return edge.log.records()[0]?.event;
  };

  it("is the connection's, whatever headers say, unless the peer is a trusted proxy", async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
    };
    expect((await events({}, forged))?.client.ip).toBe('127.0.0.1');
    const elsewhere = clientOf({ trustedProxies: ['10.0.0.0/8'] });
    expect((await events({ client: elsewhere }, forged))?.client.ip).toBe('127.0.0.1');
  });

  it('is what the trusted proxies say, read from their end of the chain', async () => {
    const client = clientOf({ trustedProxies: ['loopback', '10.0.0.0/8'] });
    const event = await events({ client }, { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.2.3' });
    expect(event?.client).toMatchObject({ ip: '203.0.113.9', country: 'DE' });
  });

  it('is read from the configured header only', async () => {
    const client = clientOf({ trustedProxies: ['loopback'], header: 'cf-connecting-ip' });
    const event = await events(
      { client },
      { 'x-forwarded-for': '6.6.6.6', 'cf-connecting-ip': '203.0.113.9' },
    );
    expect(event?.client.ip).toBe('203.0.113.9');
  });

  it('is kept only where the visitor allows it', async () => {
    const event = await events({}, { cookie: 'tl_consent=1.ggdgggg' });
    expect(event?.client).not.toHaveProperty('ip');
  });
});

describe("the client's country", () => {
  const countryOf = async (options: Parameters<typeof clientOf>[0], header: string) => {
    const edge = await startEdge({ client: clientOf(options) });
    await post(edge.port, { name: 'x' }, { 'cf-ipcountry': header });
    const [record] = edge.log.records();
    return [record?.event.client.country, record?.event.consent.regime];
  };
  const countryHeader = 'cf-ipcountry';

  it('is believed from a trusted proxy and decides the regime', async () => {
    expect(await countryOf({ trustedProxies: ['loopback'], countryHeader }, 'US')).toEqual(['US', 'opt_out']);
    expect(await countryOf({ trustedProxies: ['loopback'], countryHeader }, 'de')).toEqual(['DE', 'opt_in']);
  });

  it.each([
    ['anybody else', { countryHeader }, 'US'],
    ['a header that is not configured', { trustedProxies: ['loopback'] }, 'US'],
    ['a value that is no country', { trustedProxies: ['loopback'], countryHeader }, 'XX'],
  ])('is not believed from %s', async (_title, options, header) => {
    expect(await countryOf(options, header)).toEqual([undefined, 'opt_in']);
  });
});

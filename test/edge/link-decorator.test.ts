import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { HeaderMap } from '../../src/edge/headers.ts';
import { linkDecoratorFor } from '../../src/edge/link-decorator.ts';
import type { EdgeSite } from '../../src/edge/site.ts';
import { createVisitorReader } from '../../src/visitor/identity.ts';
import { accepted, browser, refused } from './client.ts';
import { clientOf, siteOf, startMs } from './edge.ts';
import { id, linkedSite, own } from './links.ts';

interface Shown {
  readonly site?: EdgeSite;
  readonly cookie?: string;
  readonly url?: string;
  readonly protocol?: 'http' | 'https';
  readonly headers?: HeaderMap;
}

/** The decorator of a page of the shop. */
function decoratorFor({
  site = linkedSite(),
  cookie = '',
  url = '/',
  protocol = 'https',
  headers = {},
}: Shown) {
  const req = new IncomingMessage(new Socket());
  req.url = url;
  req.headers = { host: 'shop.example', 'user-agent': browser['user-agent'], cookie };
  const connection = { ip: '203.0.113.7', protocol, peer: '203.0.113.7', isPeerTrusted: false } as const;
  const navigation = { site, hostname: 'shop.example', connection, client: clientOf({}) };
  return linkDecoratorFor(req, navigation, headers, {
    nowMs: () => startMs,
    readVisitor: createVisitorReader({ maxEntries: 10 }),
  });
}

const link = (address: string) => ({ tag: 'a', url: new URL(address), method: 'get' }) as const;

function tokenFor(shown: Shown): string {
  const decoration = decoratorFor(shown)?.(link('https://checkout.test/pay'));
  const [[name, token] = [], ...more] = decoration?.parameters ?? [];
  expect([name, more]).toEqual(['tl', []]);
  return token ?? '';
}

/** What the shop's linker reads out of a token. */
function contentOf(site: EdgeSite, token: string) {
  return site.linker?.read(token, {
    nowMs: startMs + 1_000,
    userAgent: browser['user-agent'],
    language: 'de',
    ip: '203.0.113.7',
  });
}

describe("the decorator of a page's links", () => {
  it.each([
    ['https://checkout.test/pay', true],
    ['https://checkout.test:8443/pay?a=1#b', true],
    ['https://www.shop.example/', false],
    ['https://shop.example/', false],
    ['https://evil.example/', false],
    ['https://evil.example/?checkout.test', false],
    ['https://sub.checkout.test/', false],
    ['http://checkout.test/pay', false],
    ['mailto:ada@checkout.test', false],
    ['https://checkout.test/pay?tl=en', false],
  ])('judges %s', (address, expected) => {
    expect(decoratorFor({})?.(link(address)) !== null).toBe(expected);
  });

  it('names the visitor and the campaign of the page, once for all of its links', () => {
    const site = linkedSite();
    const url = '/?utm_source=newsletter&gclid=TEST-GCLID-1234';
    const decorate = decoratorFor({ site, cookie: `${accepted}; ${own}`, url });
    const [first, second] = ['a', 'form'].map((tag) =>
      decorate?.({
        tag: tag === 'a' ? 'a' : 'form',
        url: new URL('https://checkout.test/x'),
        method: 'post',
      }),
    );
    expect(second).toEqual(first);
    expect(contentOf(site, first?.parameters[0]?.[1] ?? '')).toMatchObject({
      host: 'shop.example',
      visitor: { id },
      parameters: [
        ['gclid', 'TEST-GCLID-1234'],
        ['utm_source', 'newsletter'],
      ],
    });
  });

  it('names nobody without consent', () => {
    for (const cookie of ['', own, `${refused}; ${own}`]) {
      const site = linkedSite();
      const content = contentOf(
        site,
        tokenFor({ site, cookie, url: '/?utm_source=x&gclid=TEST-GCLID-1234' }),
      );
      expect(content).toMatchObject({ parameters: [['utm_source', 'x']] });
      expect(content).not.toHaveProperty('visitor');
    }
  });

  it('names the visitor whom this very answer makes', () => {
    const site = linkedSite();
    const headers = { 'set-cookie': ['a=b', `tl_visitor=1.${id}.1795435200.1795435200; Path=/; HttpOnly`] };
    expect(contentOf(site, tokenFor({ site, cookie: accepted, headers }))).toMatchObject({ visitor: { id } });
  });

  it('decorates http links of an http page', () => {
    expect(decoratorFor({ protocol: 'http' })?.(link('http://checkout.test/'))).not.toBeNull();
  });

  it('is not there where nothing can be handed over', () => {
    expect(decoratorFor({ site: siteOf() })).toBeNull();
    expect(decoratorFor({ site: linkedSite({}, { enabled: false }) })).toBeNull();
  });
});

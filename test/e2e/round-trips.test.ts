import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';
import { compileRoundTrips } from '../../src/campaign/round-trip.ts';
import { roundTripsConfigSchema } from '../../src/campaign/round-trip-config.ts';
import { clientOf, startProxy, startUpstream } from '../edge/edge.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors();

/**
 * A shop on `localhost` behind the gateway and a sign-in on `127.0.0.1`, which are two sites to a browser. Chromium takes
 * `localhost` for safe, so that Secure cookies work without a certificate.
 */
async function startShop() {
  const ports = { shop: 0, signIn: 0 };
  const page = (body: string) => `<!doctype html><title>Test</title>${body}`;
  const signIn = await startUpstream((req, res) => {
    const url = new URL(req.url ?? '/', 'http://127.0.0.1');
    res.setHeader('content-type', 'text/html');
    const { searchParams } = url;
    if (url.pathname === '/authorize') {
      const callback = `${searchParams.get('redirect_uri')}?code=1&state=${searchParams.get('state')}`;
      return void res.end(page(`<a href="${callback.replaceAll('&', '&amp;')}">Allow</a>`));
    }
    res.end(
      page(
        `<form method="post" action="http://localhost:${ports.shop}/saml/acs"><input type="hidden" name="SAMLResponse" value="x"><button>Allow</button></form>`,
      ),
    );
  });
  const shop: RequestListener = (req, res) => {
    const [path = ''] = (req.url ?? '').split('?');
    const callback = encodeURIComponent(`http://localhost:${ports.shop}/auth/callback`);
    const targets: Readonly<Record<string, string>> = {
      '/login': `${signIn.url.origin}/authorize?client_id=1&redirect_uri=${callback}&state=bG9uZy1yYW5kb20tc3RhdGU`,
      '/saml/login': `${signIn.url.origin}/sso?SAMLRequest=x`,
      '/auth/callback': '/account',
      '/saml/acs': '/account',
    };
    const location = Object.hasOwn(targets, path) ? targets[path] : undefined;
    if (location !== undefined) return void res.writeHead(303, { location }).end();
    res.setHeader('content-type', 'text/html');
    res.end(page('<a href="/login">OAuth</a> <a href="/saml/login">SAML</a>'));
  };
  const upstream = await startUpstream(shop);
  const ownHosts = new Set(['localhost']);
  const touchContext = compileTouchContext(campaignConfigSchema.parse({}), ownHosts);
  const redirectPolicy = compileRedirectPolicy(redirectPolicyConfigSchema.parse({}), touchContext.isOwnHost);
  const roundTrips = compileRoundTrips(
    roundTripsConfigSchema.parse({}),
    redirectPolicy,
    touchContext.isIgnoredReferrer,
  );
  const edge = await startProxy(upstream.url, {
    isFallback: true,
    client: clientOf({ trustedProxies: ['loopback'] }),
    site: { ownHosts, touchContext, redirectPolicy, roundTrips },
  });
  ports.shop = edge.port;
  return { origin: `http://localhost:${edge.port}`, edge };
}

const campaign = '?utm_source=news&gclid=A.b-C';

describe('a visitor who signs in elsewhere', () => {
  it.each([
    ['OAuth', 'link'],
    ['SAML', 'button'],
  ] as const)('by %s lands on the account page with the campaign', async (name, role) => {
    const { origin } = await startShop();
    const { page, context } = await visitor();
    await context.addCookies([{ name: 'tl_consent', value: '1.ggggggg', url: origin }]);
    await context.setExtraHTTPHeaders({ 'x-forwarded-proto': 'https' });
    await page.goto(`${origin}/${campaign}`);
    await page.getByRole('link', { name }).click();
    const cookies = (await context.cookies(origin)).filter(({ name: cookie }) => cookie === 'tl_trip');
    expect(cookies).toMatchObject([{ httpOnly: true, secure: true, sameSite: 'None' }]);
    await page.getByRole(role, { name: 'Allow' }).click();
    await page.waitForURL(/\/account/);
    expect(page.url()).toBe(`${origin}/account${campaign}`);
    expect((await context.cookies(origin)).map(({ name: cookie }) => cookie)).not.toContain('tl_trip');
  });

  it('lands there with the labels, and without any cookie, when nothing was granted', async () => {
    const { origin } = await startShop();
    const { page, context } = await visitor();
    await page.goto(`${origin}/${campaign}`);
    await page.getByRole('link', { name: 'OAuth' }).click();
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('link', { name: 'Allow' }).click();
    await page.waitForURL(/\/account/);
    expect(page.url()).toBe(`${origin}/account?utm_source=news`);
    expect(await context.cookies()).toEqual([]);
  });
});

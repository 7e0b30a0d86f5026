import { z } from 'zod';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { linkerConfigSchema, withLinkParameter } from '../../src/campaign/linker.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';
import type { LogRecord } from '../../src/contract/storable.ts';
import { cookieDomainOf } from '../../src/edge/cookies.ts';
import { createLinkUses } from '../../src/edge/link-uses.ts';
import { compileLinker } from '../../src/edge/linker.ts';
import type { EdgeSite } from '../../src/edge/site.ts';
import type { Reason } from '../../src/model/reason.ts';
import { type Answer, accepted, ask, browser, post } from './client.ts';
import { type EdgeOptions, type RunningEdge, siteOf, startEdge, startMs } from './edge.ts';

/** The hosts of one journey: two share cookies, the third does not. */
export const journeyHosts = ['shop.example', 'www.shop.example', 'checkout.test'] as const;

/** A site whose checkout is on a domain of its own, with the linker at its defaults. */
export function linkedSite(
  given: Partial<EdgeSite> = {},
  linker: z.input<typeof linkerConfigSchema> = {},
): EdgeSite {
  const ownHosts = new Set<string>(journeyHosts);
  const touchContext = compileTouchContext(campaignConfigSchema.parse({}), ownHosts);
  const { isOwnHost, parameters } = touchContext;
  const config = linkerConfigSchema.parse(linker);
  return siteOf({
    ownHosts,
    touchContext,
    redirectPolicy: compileRedirectPolicy(
      redirectPolicyConfigSchema.parse({}),
      isOwnHost,
      withLinkParameter(parameters, config.parameter),
    ),
    linker: compileLinker(
      config,
      { ownHosts, isOwnHost, cookieDomain: cookieDomainOf },
      { ownSecret: 'made for these tests', uses: createLinkUses({ graceMs: 5_000, maxEntries: 100 }) },
    ),
    ...given,
  });
}

/** The same site under each of its hosts. */
export function sitesOf(site: EdgeSite): Readonly<Record<string, EdgeSite>> {
  return Object.fromEntries(journeyHosts.map((host) => [host, site]));
}

const answerSchema = z.strictObject({
  token: z.string(),
  isNamed: z.boolean(),
  parameter: z.string(),
  hosts: z.array(z.string()),
});

/** What the gateway answers a page of the shop that asks for a token. */
export async function askLink(
  port: number,
  headers: Readonly<Record<string, string>> = {},
  url = 'https://shop.example/',
): Promise<z.infer<typeof answerSchema>> {
  const path = `/t/link?url=${encodeURIComponent(url)}`;
  const { origin: _sameOrigin, ...plain } = browser;
  const answer = await ask(port, { path, headers: { ...plain, ...headers } });
  return answerSchema.parse(JSON.parse(answer.text));
}

/** The visitor cookie that an answer sets; undefined where it sets none. */
export function visitorSet({ headers }: Answer): string | undefined {
  const cookies = headers['set-cookie'] ?? [];
  return cookies
    .map((cookie) => /^tl_visitor=([^;]*)/.exec(cookie)?.[1])
    .find((value) => value !== undefined);
}

/** A visitor whom the shop has known for an hour, and the cookie that says so. */
export const id = 'AAAAAAAAAAAAAAAAAAAAAA';
export const firstSeenSec = startMs / 1000 - 3_600;
export const own = `tl_visitor=1.${id}.${firstSeenSec}.${firstSeenSec}`;
/** Where the visit began. */
export const landing = 'https://shop.example/?utm_source=newsletter&utm_medium=email&gclid=TEST-GCLID-1234';

/** An edge for all hosts of the journey. */
export function startLinked(
  linker: z.input<typeof linkerConfigSchema> = {},
  options: EdgeOptions = {},
): Promise<RunningEdge> {
  return startEdge({ ...options, sites: sitesOf(linkedSite({}, linker)) });
}

/** The first hit of the checkout's page: the SDK sends with it what it took out of the address. */
export function land(
  edge: RunningEdge,
  link: string,
  headers: Readonly<Record<string, string>> = {},
  given: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const page = { url: 'https://checkout.test/pay', referrer: 'https://shop.example/cart', link, ...given };
  return post(
    edge.port,
    { name: 'page_view', page },
    { host: 'checkout.test', origin: 'https://checkout.test', cookie: accepted, ...headers },
  );
}

/** What was stored last. */
export function lastOf(edge: RunningEdge): LogRecord | undefined {
  return edge.log.records().at(-1);
}

/** What was decided about the visitor of what was stored last. */
export function reasonsOf(edge: RunningEdge): readonly Reason[] {
  const decisions = lastOf(edge)?.decisions ?? [];
  return decisions.filter(({ stop }) => stop === 'visitor').map(({ reason }) => reason);
}

import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { post } from './client.ts';
import { siteOf, startEdge } from './edge.ts';

const closed = 'OptanonAlertBoxClosed=2026-11-02T09:00:05.000Z';
const groups = (text: string): string => `OptanonConsent=groups=${encodeURIComponent(text)}`;
const refusing = `landingPath=${encodeURIComponent('https://shop.example/?a=1&groups=C0002:1')}`;

/** What the stored event's consent says of analytics, and by whom. */
async function analytics(cookie: string, consent: unknown = {}): Promise<string> {
  const consentPolicy = compileConsentPolicy(consentConfigSchema.parse(consent));
  const edge = await startEdge({ sites: { 'shop.example': siteOf({ consentPolicy }) } });
  await post(edge.port, { name: 'page_view' }, { cookie });
  const answer = edge.log.records()[0]?.event.consent.types.analytics_storage;
  return `${answer?.granted ? 'granted' : 'denied'} ${answer?.basis} ${answer?.by}`;
}

describe("a consent manager's cookie on its way through the edge", () => {
  const klaro = { categories: { klaro: { ga: ['analytics_storage'] } } };
  it.each([
    ['grants', `a=1; ${closed}; ${groups('C0001:1,C0002:1')}`, {}, 'granted signal onetrust'],
    ['denies', `${groups('C0001:1,C0002:0')}; ${closed}`, {}, 'denied signal onetrust'],
    ['says nothing before a choice', groups('C0001:1,C0002:1'), {}, 'denied region_default opt_in'],
    [
      'is not talked over by a link that spills into it',
      `OptanonConsent=${refusing}&groups=C0001%3A1%2CC0002%3A0; ${closed}`,
      {},
      'denied signal onetrust',
    ],
    ['is read by the map of the site', 'klaro=%7B%22ga%22%3Atrue%7D', klaro, 'granted signal klaro'],
    ['is not read without one', 'klaro=%7B%22ga%22%3Atrue%7D', {}, 'denied region_default opt_in'],
    [
      'grants nothing where it comes twice and disagrees',
      'klaro=%7B%22ga%22%3Atrue%7D; klaro=%7B%22ga%22%3Afalse%7D',
      klaro,
      'denied signal klaro',
    ],
    [
      'grants nothing that another consent manager denies',
      `CookieConsent={necessary:true%2Cpreferences:true%2Cstatistics:false%2Cmarketing:true}; klaro={"ga":true}`,
      klaro,
      'denied signal cookiebot',
    ],
  ])('%s', async (_title, cookie, config, expected) => {
    expect(await analytics(cookie, config)).toBe(expected);
  });
});

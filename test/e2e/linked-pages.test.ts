import { describe, expect, it } from 'vitest';
import { distinct, webhookEvents } from './support/received.ts';
import { rememberConsent } from './support/shop-visit.ts';
import { startTwoDomains, twoDomainsFlag } from './support/two-domains.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors([twoDomainsFlag]);
const landing = '/?utm_source=newsletter&utm_medium=email&utm_campaign=spring&gclid=TEST-GCLID-1234';

describe('a journey over two domains whose pages have no script', () => {
  it.each([
    ['link', '#link', '/linked?x=%2F+1&_gl=1*abc*_ga*MTIz'],
    ['link that is redirected on arrival', '#moved', '/arrived?from=moved'],
    ['form that is sent with GET', '#get button', '/got?q=1'],
  ])('stays one over a %s', async (_what, selector, arrivedAt) => {
    const site = await startTwoDomains(
      { 'sites.shop.rewrite.links': true, 'sites.shop.pageViews': 'gateway' },
      '',
    );
    const { page, context } = await visitor();
    await rememberConsent(context, site.a);
    await rememberConsent(context, site.b);
    await page.goto(site.a + landing);
    await Promise.all([page.waitForURL(/site-b\.test/), page.click(selector)]);
    const views = () => webhookEvents(site.receiver).filter(({ name }) => name === 'page_view');
    await until('both views', () => views().length === 2);
    expect(distinct(views().map((event) => event.visitor?.key))).toEqual([expect.any(String)]);
    expect(distinct(views().map((event) => event.session?.id))).toHaveLength(1);
    for (const event of views())
      expect(event.campaign.session).toMatchObject({
        source: 'newsletter',
        campaign: 'spring',
        clickIds: { gclid: { value: 'TEST-GCLID-1234' } },
      });
    expect(site.seen.at(-1)).toMatchObject({ host: new URL(site.b).host, url: arrivedAt });
    const token = /1\.[\w-]{60,}/;
    expect(site.seen.filter(({ url, referer }) => token.test(url + referer))).toEqual([]);
    expect(views().filter(({ page: seen }) => token.test(`${seen?.url}${seen?.referrer}`))).toEqual([]);
  });
});

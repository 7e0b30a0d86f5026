import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { distinct, webhookEvents } from './support/received.ts';
import { rememberConsent } from './support/shop-visit.ts';
import { startTwoDomains, type TwoDomains, twoDomainsFlag } from './support/two-domains.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors([twoDomainsFlag]);
const landing = '/?utm_source=newsletter&utm_medium=email&utm_campaign=spring&gclid=TEST-GCLID-1234';

const views = ({ receiver }: TwoDomains) =>
  webhookEvents(receiver)
    .filter(({ name }) => name === 'page_view')
    .toSorted((one, other) => one.occurredAtMs - other.occurredAtMs);

const untilBothViews = (site: TwoDomains) => until('both views', () => views(site).length === 2);

/** Both domains know the visitor's choice. */
async function consentOn(context: BrowserContext, { a, b }: TwoDomains, granted?: readonly string[]) {
  await rememberConsent(context, a, granted);
  await rememberConsent(context, b, granted);
}

/** Lands on the first domain, and waits until its view is stored. */
async function landOn(page: Page, site: TwoDomains): Promise<void> {
  const collected = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/t/e');
  await page.goto(site.a + landing);
  await collected;
}

/** Comes near a link or form, as people do before they follow it, and follows it once a token is there. */
async function follow(page: Page, selector: string): Promise<void> {
  const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/t/link');
  await page.hover(selector);
  await (await answered).finished();
  await Promise.all([page.waitForURL(/site-b\.test/), page.click(selector)]);
}

/** One visitor, one session, the campaign of the landing on both domains, and nobody but the gateway saw a token. */
function expectOneJourney(site: TwoDomains): void {
  const [first, second] = views(site);
  expect(distinct([first, second].map((event) => event?.visitor?.key))).toEqual([expect.any(String)]);
  expect(distinct([first, second].map((event) => event?.session?.id))).toHaveLength(1);
  expect(second?.session?.number).toBe(1);
  for (const event of [first, second])
    expect(event?.campaign.session).toMatchObject({
      source: 'newsletter',
      campaign: 'spring',
      clickIds: { gclid: { value: 'TEST-GCLID-1234' } },
    });
  expectNoToken(site);
}

function expectNoToken(site: TwoDomains): void {
  const token = /tl=1\.|1\.[\w-]{60,}/;
  expect(site.seen.filter(({ url, referer }) => token.test(url) || token.test(referer))).toEqual([]);
  const pages = webhookEvents(site.receiver).flatMap(({ page }) => [page?.url ?? '', page?.referrer ?? '']);
  expect(pages.filter((address) => token.test(address))).toEqual([]);
}

describe('a journey over two domains', () => {
  it('stays one over a link, whose address is clean again on arrival and in the page that it stands on', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    const href = await page.getAttribute('#link', 'href');
    await follow(page, '#link');
    await untilBothViews(site);
    expectOneJourney(site);
    const path = '/linked?x=%2F+1&_gl=1*abc*_ga*MTIz';
    expect(page.url()).toBe(`${site.b}${path}#part`);
    expect(site.seen.at(-1)).toMatchObject({ host: new URL(site.b).host, url: path });
    const cookies = (await context.cookies()).filter(({ name }) => name === 'tl_visitor');
    expect(distinct(cookies.map(({ value }) => value.split('.')[1]))).toHaveLength(1);
    expect(cookies.map(({ domain }) => domain).sort()).toEqual(['.site-a.test', '.site-b.test']);
    await page.goBack();
    expect(await page.getAttribute('#link', 'href')).toBe(href);
  });

  it.each(['#get', '#post', '#by-button'])('stays one over the form %s', async (form) => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    await follow(page, `${form} button`);
    await untilBothViews(site);
    expectOneJourney(site);
    expect(page.url()).toBe(site.b + (form === '#get' ? '/got?q=1' : '/posted?y=1'));
  });

  it('stays one over a link that a script adds and another script clicks on', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    await page.evaluate((address) => {
      const document: { body: { insertAdjacentHTML(where: string, html: string): void } } = Reflect.get(
        globalThis,
        'document',
      );
      document.body.insertAdjacentHTML('beforeend', `<a id="late" href="${address}"><b>late</b></a>`);
    }, `${site.b}/late`);
    await follow(page, '#late b');
    await untilBothViews(site);
    expectOneJourney(site);
  });

  it('stays one where a script goes there by itself', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    await Promise.all([
      page.waitForURL(/site-b\.test/),
      page.evaluate(`tl.decorate('${site.b}/decorated').then((url) => { location.href = url })`),
    ]);
    await untilBothViews(site);
    expectOneJourney(site);
    expect(page.url()).toBe(`${site.b}/decorated`);
  });

  it('stays one where somebody came near the link before the first event was answered', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    const held = Promise.withResolvers<void>();
    await page.route('**/t/e', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(site.a + landing);
    const tokens: boolean[] = [];
    page.on('response', async (answer) => {
      if (new URL(answer.url()).pathname !== '/t/link') return;
      tokens.push(JSON.parse(await answer.text()).isNamed);
    });
    await page.hover('#link');
    await until('a token that names nobody', () => tokens.length === 1);
    held.resolve();
    await until('a token that names the visitor', () => tokens.length === 2);
    expect(tokens).toEqual([false, true]);
    await Promise.all([page.waitForURL(/site-b\.test/), page.click('#link')]);
    await untilBothViews(site);
    expectOneJourney(site);
  });

  it('goes on without a hand-over where no token comes', async () => {
    const site = await startTwoDomains();
    const { page } = await visitor();
    await page.route('**/t/link?*', () => undefined);
    await landOn(page, site);
    expect(await page.evaluate(`tl.decorate('${site.b}/decorated')`)).toBe(`${site.b}/decorated`);
  });

  it('leaves an address that the page has changed meanwhile', async () => {
    const site = await startTwoDomains();
    const { page } = await visitor();
    await landOn(page, site);
    await page.evaluate(`tl.decorate('${site.b}/')`);
    const href = await page.evaluate(`new Promise((resolve) => {
      const link = document.querySelector('#link');
      link.addEventListener('click', (event) => {
        event.preventDefault();
        link.setAttribute('href', '/mine');
        setTimeout(() => setTimeout(() => resolve(link.getAttribute('href'))));
      });
      link.click();
    })`);
    expect(href).toBe('/mine');
  });

  it('stays one over a redirect on arrival', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    await follow(page, '#moved');
    await untilBothViews(site);
    expectOneJourney(site);
    expect(page.url()).toBe(`${site.b}/arrived?from=moved`);
  });

  it('becomes one when the choice is made on the second domain only', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await rememberConsent(context, site.a);
    await landOn(page, site);
    await follow(page, '#link');
    await page.evaluate("tl('consent', { analytics_storage: 'granted', ad_storage: 'granted' })");
    await untilBothViews(site);
    await site.gateway.settled();
    expectOneJourney(site);
  });

  it('keeps its campaign, and names nobody, without consent', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site, []);
    await landOn(page, site);
    await follow(page, '#link');
    await until('both views', () => site.archived().filter(({ name }) => name === 'page_view').length === 2);
    const second = site.archived().find(({ page: shown }) => shown?.url?.includes('/linked'));
    expect(second?.campaign.touch).toMatchObject({ source: 'newsletter', campaign: 'spring', clickIds: {} });
    expect(site.archived().filter((event) => event.visitor !== undefined)).toEqual([]);
    expect((await context.cookies()).filter(({ name }) => name === 'tl_visitor')).toEqual([]);
  });
});

describe('a link with a hand-over that is copied', () => {
  it('does not make two people one', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    const copied = await page.evaluate(`tl.decorate('${site.b}/decorated')`);
    await page.goto(String(copied));
    await untilBothViews(site);
    const friend = await visitor();
    // Both are on one address: within a few seconds, only what the browser says of itself tells it from the first one.
    await friend.context.route('**/*', (route) =>
      route.continue({ headers: { ...route.request().headers(), 'accept-language': 'fr' } }),
    );
    await consentOn(friend.context, site);
    await friend.page.goto(String(copied));
    await until('the view of the friend', () => views(site).length === 3);
    expect(distinct(views(site).map(({ visitor: who }) => who?.key))).toHaveLength(2);
    expect(friend.page.url()).toBe(`${site.b}/decorated`);
    expectNoToken(site);
  });

  it('is never written for a host that the site does not list', async () => {
    const site = await startTwoDomains();
    const { page, context } = await visitor();
    await consentOn(context, site);
    await landOn(page, site);
    const foreign = 'http://foreign.test/?a=1';
    expect(await page.evaluate(`tl.decorate('${foreign}')`)).toBe(foreign);
    expect(await page.evaluate(`tl.decorate('/here')`)).toBe('/here');
  });
});

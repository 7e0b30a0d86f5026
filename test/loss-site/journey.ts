import type { Browser, BrowserContext, Page } from 'playwright-core';
import { consentTypes } from '../../src/model/consent.ts';
import type { Event } from '../../src/model/event.ts';
import { openVisit } from '../e2e/browser.ts';
import { clickIdOf, type LossCase, lossCases, queryOf } from './cases.ts';
import { addressOf, hosts, type Ports } from './hosts.ts';

const stepMs = 5_000;

/** The domains between which visitors are handed over; sign-in and payment are other people's. */
const ownHosts: ReadonlySet<string> = new Set([hosts.shop, hosts.www, hosts.de, hosts.other, hosts.app]);

/**
 * A person's way from the ad to the purchase, in Chromium: lands, clicks what there is to click, buys. True where the
 * purchase was made; a person who is shown no page buys nothing.
 */
export async function travel(browser: Browser, one: LossCase, ports: Ports): Promise<boolean> {
  const { context, page } = await openVisit(browser, {
    // The certificate of the site's TLS terminator is its own.
    ignoreHTTPSErrors: true,
    // As a load balancer says it: everybody has a network address of their own.
    extraHTTPHeaders: { 'x-forwarded-for': `203.0.113.${lossCases.indexOf(one) + 1}` },
  });
  try {
    await bringCookies(context, one);
    await page.goto(addressOf(one.start.host, one.start.path + queryOf(one), ports));
    for (const selector of one.clicks) {
      await page.waitForLoadState('networkidle');
      await follow(page, selector);
    }
    return await buy(page);
  } finally {
    await context.close();
  }
}

/** Comes near first, as people do: that is when the SDK asks for what it puts onto a link to another domain. */
async function follow(page: Page, selector: string): Promise<void> {
  const place = page.locator(selector);
  const href = await place.getAttribute('href', { timeout: stepMs });
  const target = new URL(href ?? '', page.url()).hostname;
  if (target !== new URL(page.url()).hostname && ownHosts.has(target)) {
    const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/t/link', {
      timeout: stepMs,
    });
    await place.hover({ timeout: stepMs });
    await (await answered).finished();
  }
  await place.click({ timeout: stepMs });
}

/** The order's number comes along on every host, so that no address has to carry it. */
async function bringCookies(context: BrowserContext, { id, isUndecided }: LossCase): Promise<void> {
  const own = Object.values(hosts).map((host) => ({ url: `http://${host}/`, name: 'order', value: id }));
  const answer = consentTypes.map(() => 'g').join('');
  const consent = isUndecided
    ? []
    : own.map(({ url }) => ({ url, name: 'tl_consent', value: `1.${answer}` }));
  await context.addCookies([...own, ...consent]);
}

async function buy(page: Page): Promise<boolean> {
  await page.waitForLoadState('networkidle');
  const button = page.locator('#buy');
  const isShown = await button.waitFor({ timeout: stepMs }).then(
    () => true,
    () => false,
  );
  if (!isShown) return false;
  const collected = page.waitForResponse(
    (response) => response.request().postData()?.includes('"purchase"') === true,
    { timeout: stepMs },
  );
  await button.click();
  return (await collected).status() === 204;
}

/** Whether the purchase of a journey carries the source and the click id that the journey began with. */
export function isRepaired(one: LossCase, events: readonly Event[]): boolean {
  const purchase = events.find(
    ({ name, commerce }) => name === 'purchase' && commerce?.transactionId === one.id,
  );
  const touch = purchase?.campaign.session ?? purchase?.campaign.touch;
  return touch?.source === 'newsletter' && touch.clickIds?.['gclid']?.value === clickIdOf(one);
}

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { consentTypes } from '../../src/model/consent.ts';
import type { Event } from '../../src/model/event.ts';
import { openVisit } from '../e2e/browser.ts';
import { clickIdOf, type LossCase, queryOf } from './cases.ts';
import { addressOf, hosts, type Ports } from './hosts.ts';

const stepMs = 5_000;

/**
 * A person's way from the ad to the purchase, in Chromium: lands, clicks what there is to click, buys. True where the
 * purchase was made; a person who is shown no page buys nothing.
 */
export async function travel(browser: Browser, one: LossCase, ports: Ports): Promise<boolean> {
  // The certificate of the site's TLS terminator is its own.
  const { context, page } = await openVisit(browser, { ignoreHTTPSErrors: true });
  try {
    await bringCookies(context, one);
    await page.goto(addressOf(one.start.host, one.start.path + queryOf(one), ports));
    for (const selector of one.clicks) {
      await page.waitForLoadState('networkidle');
      await page.locator(selector).click({ timeout: stepMs });
    }
    return await buy(page);
  } finally {
    await context.close();
  }
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

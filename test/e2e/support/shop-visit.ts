import type { BrowserContext, Page, Response } from 'playwright-core';
import { consentTypes } from '../../../src/model/consent.ts';

/** The answers that the shop's banner offers. */
export type Answer = 'accept' | 'refuse' | 'statistics';

/** Opens a page of the shop and waits until its first events are taken in. */
export async function open(page: Page, url: string): Promise<void> {
  const collected = collectedByNextPage(page);
  await page.goto(url);
  await collected;
}

/** Answers the banner and waits until the answer is taken in. */
export async function answerBanner(page: Page, answer: Answer): Promise<void> {
  const collected = page.waitForResponse(isCollect);
  await page.getByTestId(`consent-${answer}`).click();
  await collected;
}

/** From any page to an order: product, cart, checkout, thank-you. Returns the order id. */
export async function buy(page: Page, origin: string): Promise<string> {
  await putIntoCart(page, origin);
  await follow(page, 'checkout-link');
  return await placeOrder(page);
}

/** Opens a product and puts it into the cart. */
export async function putIntoCart(page: Page, origin: string): Promise<void> {
  await open(page, `${origin}/products/tide-lamp`);
  await follow(page, 'add-to-cart');
}

/** Sends the checkout form; returns the order id. */
export async function placeOrder(page: Page): Promise<string> {
  await follow(page, 'place-order');
  return await page.getByTestId('order-id').innerText();
}

/** Clicks on what leads to another page, and waits until that page's first events are taken in. */
export async function follow(page: Page, testId: string): Promise<void> {
  const collected = collectedByNextPage(page);
  await page.getByTestId(testId).click();
  await collected;
}

/** What the page that is left still sends does not count. */
function collectedByNextPage(page: Page): Promise<Response> {
  const left = page.url();
  return page.waitForResponse(
    (response) => isCollect(response) && response.request().headers()['referer'] !== left,
  );
}

const isCollect = (response: Response): boolean => new URL(response.url()).pathname === '/t/e';

/** Gives the browser the consent cookie of an earlier visit; types that are not named are denied. */
export async function rememberConsent(
  context: BrowserContext,
  origin: string,
  granted: readonly string[] = consentTypes,
): Promise<void> {
  const letters = consentTypes.map((type) => (granted.includes(type) ? 'g' : 'd')).join('');
  await context.addCookies([{ name: 'tl_consent', value: `1.${letters}`, url: origin }]);
}

/** Stays on the page until it has been looked at for long enough to be worth reporting. */
export async function lookAround(page: Page): Promise<void> {
  await page.evaluate('window.cameAt = performance.now()');
  await page.waitForFunction('performance.now() - window.cameAt > 200');
}

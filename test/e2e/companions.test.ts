import type { BrowserContext } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { distinct, metaEvents } from './support/received.ts';
import { answerBanner, open, rememberConsent } from './support/shop-visit.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors();

const options = {
  config: { 'campaign.companionCookies': { google: 'set', meta: 'set', tiktok: 'refresh' } },
};
const click =
  'gclid=Cj0KCQjwvJHIBhCgARIsAEQnWlBf8ZBkg&fbclid=IwAR2F4-dbP0l7Mn1IawQQ&gad_source=1&ttclid=E.C.P.x';

/** What `localhost` has for a domain has no dot. */
const forms = {
  _gcl_aw: /^GCL\.\d{10}\.Cj0KCQjwvJHIBhCgARIsAEQnWlBf8ZBkg$/,
  _gcl_gs: /^2\.1\.k1\$i\d{10}$/,
  _gcl_au: /^1\.1\.\d{1,10}\.\d{10}$/,
  _fbc: /^fb\.0\.\d{13}\.IwAR2F4-dbP0l7Mn1IawQQ$/,
  _fbp: /^fb\.0\.\d{13}\.\d{1,10}$/,
};

const everyForm = Object.fromEntries(
  Object.entries(forms).map(([name, form]) => [name, expect.stringMatching(form)]),
);

/** The page's cookies as its scripts see them, without the gateway's own. */
function readBy(documentCookie: string): Readonly<Record<string, string>> {
  const pairs = documentCookie.split('; ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair] as const);
  const others = pairs.filter(([name]) => name !== '' && !name.startsWith('tl_'));
  return Object.fromEntries(others.map(([name, pair]) => [name, pair.slice(name.length + 1)]));
}

async function daysLeft(context: BrowserContext, name: string): Promise<number> {
  const cookie = (await context.cookies()).find((each) => each.name === name);
  return Math.round(((cookie?.expires ?? 0) - Date.now() / 1000) / 86_400);
}

describe("ad platforms' own cookies", () => {
  it('are there once the visitor accepts, for scripts to read and for destinations to get', async () => {
    const { gateway, receiver } = await startStack(options);
    const { page, context } = await visitor();
    await open(page, `${gateway.origin}/?${click}`);
    expect(readBy(await page.evaluate('document.cookie'))).toEqual({});
    await answerBanner(page, 'accept');

    const cookies = readBy(await page.evaluate('document.cookie'));
    expect(cookies).toEqual(everyForm);
    expect(await daysLeft(context, '_fbc')).toBe(90);
    await open(page, `${gateway.origin}/products/tide-lamp`);
    expect(readBy(await page.evaluate('document.cookie'))).toEqual(cookies);
    await until('two page views at Meta', () => metaEvents(receiver).length >= 2);
    const users = metaEvents(receiver).map(({ user_data }) => user_data);
    expect(distinct(users.map(({ fbp }) => fbp))).toEqual([cookies['_fbp']]);
    expect(distinct(users.map(({ fbc }) => fbc))).toContain(cookies['_fbc']);
  });

  it('come with the landing page itself where consent is known, and live on after a script has cut them', async () => {
    const { gateway } = await startStack(options);
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    await page.goto(`${gateway.origin}/no-script?${click}`);
    const { _gcl_aw, _gcl_gs, _fbc } = everyForm;
    const landed = readBy(await page.evaluate('document.cookie'));
    expect(landed).toEqual({ _gcl_aw, _gcl_gs, _fbc });

    await page.evaluate(`document.cookie = '_fbc=${landed['_fbc']}; path=/; max-age=604800'`);
    await page.evaluate(`document.cookie = '_ttp=01K1A8BXG7CFS8QC92XKKJD081_.tt.1; path=/; max-age=604800'`);
    expect(await daysLeft(context, '_fbc')).toBe(7);
    await open(page, `${gateway.origin}/`);
    expect(readBy(await page.evaluate('document.cookie'))).toMatchObject({ _fbc: landed['_fbc'] });
    expect(await daysLeft(context, '_fbc')).toBe(90);
    expect(await daysLeft(context, '_ttp')).toBe(390);
  });

  it('are never there without consent, and go when it is taken back', async () => {
    const { gateway } = await startStack(options);
    const { page, context } = await visitor();
    await open(page, `${gateway.origin}/?${click}`);
    await answerBanner(page, 'statistics');
    expect(readBy(await page.evaluate('document.cookie'))).toEqual({});

    await rememberConsent(context, gateway.origin);
    await page.goto(`${gateway.origin}/no-script?${click}`);
    expect(Object.keys(readBy(await page.evaluate('document.cookie')))).toContain('_gcl_aw');
    await rememberConsent(context, gateway.origin, []);
    await page.goto(`${gateway.origin}/no-script`);
    expect(readBy(await page.evaluate('document.cookie'))).toEqual({});
  });
});

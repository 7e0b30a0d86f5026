import { describe, expect, it } from 'vitest';
import { accepted, type TcSpec, writeTcString } from '../consent/tc-writer.ts';
import { ga4Names, metaEvents, webhookEvents } from './support/received.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';

const everything = { ad_storage: 'granted', analytics_storage: 'granted', ad_user_data: 'granted' };

/** Sends a page view of a visitor in Germany, whose browser has a TC string, and waits until it is kept. */
async function visit(id: string, spec: Partial<TcSpec>, consent: Readonly<Record<string, string>>) {
  const stack = await startStack();
  const { gateway, archived } = stack;
  const text = writeTcString({ ...accepted, ...spec });
  const answer = await fetch(`${gateway.origin}/t/e`, {
    method: 'POST',
    headers: {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
      // Node's fetch alone would be a server's.
      'sec-fetch-site': 'same-origin',
      cookie: `euconsent-v2=${text}`,
    },
    body: JSON.stringify({ id, name: 'page_view', page: { url: `${gateway.origin}/` }, consent }),
  });
  expect(answer.status).toBe(204);
  await until('the event in the archive', () => archived().length === 1);
  await gateway.settled();
  return stack;
}

describe('a TC string in front of real destinations', () => {
  it('keeps from Google what the visitor refused to Google alone', async () => {
    const { receiver, run } = await visit('refused-1', { vendors: [91, 804] }, everything);
    await until('the webhook', () => webhookEvents(receiver).length === 1);
    expect(ga4Names(receiver)).toEqual([]);
    expect(metaEvents(receiver)).toHaveLength(1);
    const told = await run('explain', 'refused-1');
    expect(told.output).toContain('vendor tcf:755: refused');
  });

  it('lets Google have what it allows Google', async () => {
    const { receiver } = await visit('allowed-1', {}, everything);
    await until('GA4', () => ga4Names(receiver).length === 1);
    expect(metaEvents(receiver)).toHaveLength(1);
  });

  it('is no consent for platforms that it does not name', async () => {
    const { receiver, archived } = await visit('unnamed-1', {}, { analytics_storage: 'granted' });
    await until('GA4', () => ga4Names(receiver).length === 1);
    // Neither Meta nor a file is in the Global Vendor List.
    expect(archived()[0]?.consent.types.ad_user_data).toEqual({
      granted: false,
      basis: 'signal',
      by: 'not named in the consent string',
    });
    expect(metaEvents(receiver)).toEqual([]);
  });
});

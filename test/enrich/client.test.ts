import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClientDescriber } from '../../src/enrich/client.ts';
import { clientSchema } from '../../src/model/event.ts';

const describeClient = createClientDescriber({ maxEntries: 100 });
const browser = { sentBy: 'browser' } as const;

const windowsChrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';
const android =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';
const androidTablet =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const edge = `${windowsChrome} Edg/142.0.0.0`;
const firefox = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0';
const chromebook =
  'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const television =
  'Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/2.2 Chrome/63.0.3239.84 TV Safari/537.36';

describe('a browser', () => {
  it.each([
    ['Chrome on Windows', windowsChrome, ['Chrome', '142', 'Windows', 'desktop']],
    ['Safari on an iPhone', iphone, ['Safari', '18', 'iOS', 'mobile']],
    ['Chrome on an Android phone', android, ['Chrome', '142', 'Android', 'mobile']],
    ['Chrome on an Android tablet', androidTablet, ['Chrome', '142', 'Android', 'tablet']],
    ['Edge', edge, ['Microsoft Edge', '142', 'Windows', 'desktop']],
    ['Firefox on a Mac', firefox, ['Firefox', '145', 'macOS', 'desktop']],
    ['Chrome on a Chromebook', chromebook, ['Chrome', '142', 'Chrome OS', 'desktop']],
    ['a television', television, ['Samsung Internet for Android', '2', 'Tizen', 'tv']],
  ])('%s is known by its user agent', (_title, userAgent, expected) => {
    const client = describeClient(browser, { 'user-agent': userAgent });
    expect([client.browser, client.browserVersion, client.os, client.device]).toEqual(expected);
    expect(client).toMatchObject({ userAgent, isBot: false });
    expect(client.botReason).toBeUndefined();
  });

  it('is known better by its client hints', () => {
    const client = describeClient(browser, {
      'user-agent': windowsChrome.replace('Windows NT 10.0; Win64; x64', 'X11; Linux x86_64'),
      'sec-ch-ua': '"Not;A=Brand";v="99", "Brave";v="141", "Chromium";v="142"',
      'sec-ch-ua-mobile': '?1',
      'sec-ch-ua-platform': '"Android"',
    });
    expect(client).toMatchObject({
      browser: 'Brave',
      browserVersion: '141',
      os: 'Android',
      device: 'mobile',
    });
  });

  it('is the same whether or not it was seen before', () => {
    const fresh = createClientDescriber({ maxEntries: 1 });
    const first = fresh(browser, { 'user-agent': windowsChrome });
    expect(fresh(browser, { 'user-agent': windowsChrome })).toEqual(first);
    fresh(browser, { 'user-agent': iphone });
    expect(fresh(browser, { 'user-agent': windowsChrome })).toEqual(first);
  });

  it('is not mistaken for another with the same user agent and other hints', () => {
    const mobile = { 'user-agent': windowsChrome, 'sec-ch-ua-mobile': '?1' };
    expect(describeClient(browser, mobile).device).toBe('mobile');
    expect(describeClient(browser, { 'user-agent': windowsChrome }).device).toBe('desktop');
  });
});

describe('a bot', () => {
  it.each([
    ['a search engine', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Google'],
    ['an AI crawler', 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)', 'Bot'],
    ['a command line tool', 'curl/8.4.0', 'curl'],
    ['a headless browser', windowsChrome.replace('Chrome/', 'HeadlessChrome/'), 'Headless'],
    ['no browser at all', '', 'no user agent'],
    ['blanks', '   ', 'no user agent'],
  ])('%s is recognised, with the reason', (_title, userAgent, reason) => {
    const client = describeClient(browser, { 'user-agent': userAgent });
    expect(client.isBot).toBe(true);
    expect(client.botReason).toContain(reason);
  });

  it('is recognised where the header is missing', () => {
    expect(describeClient({ sentBy: 'gateway' }, {})).toEqual({ isBot: true, botReason: 'no user agent' });
  });

  it('is recognised by its hints where its user agent is borrowed', () => {
    const headers = { 'user-agent': windowsChrome, 'sec-ch-ua': '"HeadlessChrome";v="142"' };
    expect(describeClient(browser, headers)).toMatchObject({ isBot: true, botReason: 'HeadlessChrome' });
  });
});

describe('a server-sent event', () => {
  const headers = {
    'user-agent': 'node',
    'accept-language': 'en-US',
    'sec-ch-ua-mobile': '?1',
    'sec-ch-ua-platform': '"Linux"',
  };

  it("is described by what it says of the visitor, not by the server's own headers", () => {
    const client = describeClient({ sentBy: 'server', userAgent: iphone, language: 'fr-CH' }, headers);
    expect(client).toMatchObject({
      browser: 'Safari',
      os: 'iOS',
      device: 'mobile',
      language: 'fr-CH',
      isBot: false,
    });
  });

  it('is no bot for want of a user agent', () => {
    expect(describeClient({ sentBy: 'server' }, headers)).toEqual({ isBot: false });
  });
});

describe('language and screen', () => {
  it.each([
    ['de-DE,de;q=0.9,en;q=0.8', 'de-DE'],
    ['en', 'en'],
    ['zh-Hant-TW;q=1', 'zh-Hant-TW'],
    ['en_US', 'en_US'],
    ['*', undefined],
    ['', undefined],
    [',de', undefined],
    ['<script>', undefined],
    ['a'.repeat(10_000), undefined],
    [`de${'-abcdefgh'.repeat(10)}`, undefined],
  ])('the language of %j is %j', (list, language) => {
    expect(describeClient(browser, { 'user-agent': iphone, 'accept-language': list }).language).toBe(
      language,
    );
  });

  it("prefers the tracker's language to the header's", () => {
    const headers = { 'user-agent': iphone, 'accept-language': 'en' };
    expect(describeClient({ ...browser, language: 'de-at' }, headers).language).toBe('de-at');
  });

  it.each([
    ['1280x720', '1280x720'],
    ['1280X720', undefined],
    ['1280x', undefined],
    ['999999x1', undefined],
    ['1280x720\n', undefined],
  ])('the screen %j is %j', (screen, expected) => {
    expect(describeClient({ ...browser, screen }, { 'user-agent': iphone }).screen).toBe(expected);
  });
});

describe('a hostile client', () => {
  it('never makes it throw, and always gets a valid description', () => {
    const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }));
    const words = fc.array(
      fc.constantFrom(
        'Mozilla/5.0',
        '(',
        ')',
        'Android',
        'Chrome/',
        'Version/',
        ';',
        'like',
        'iPhone',
        'OPR/',
        'x',
      ),
      { maxLength: 40 },
    );
    const agent = fc.oneof(
      text,
      words.map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(
        agent,
        text,
        text,
        fc.constantFrom('browser', 'server', 'gateway'),
        (userAgent, a, b, sentBy) => {
          const headers = {
            'user-agent': userAgent,
            'accept-language': a,
            'sec-ch-ua': b,
            'sec-ch-ua-mobile': a,
            'sec-ch-ua-platform': b,
          };
          const client = describeClient({ sentBy, userAgent, screen: a, language: b }, headers);
          expect(clientSchema.parse(client)).toEqual(client);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('cannot make it keep or match a user agent without bounds', () => {
    const client = describeClient(browser, { 'user-agent': `Mozilla/5.0 ${'(Android '.repeat(20_000)}` });
    expect(client.userAgent).toHaveLength(1_000);
  });
});

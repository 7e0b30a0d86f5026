import { describe, expect, it } from 'vitest';
import { compileHosts } from '../../src/campaign/hosts.ts';
import { referrerList } from '../../src/campaign/referrer-list.ts';
import { hostSource, knownReferrer, parseReferrer, sourceKind } from '../../src/campaign/referrers.ts';

describe('compileHosts', () => {
  const find = compileHosts([
    ['paypal.com', 'paypal'],
    ['=baidu.com', 'baidu'],
    ['ai.baidu.com', 'baidu ai'],
    ['amazon.*', 'amazon'],
    ['pay.amazon.*', 'amazon pay'],
    ['pay.amazon.de', 'amazon pay germany'],
  ]);

  it.each([
    ['paypal.com', 'paypal'],
    ['www.paypal.com', 'paypal'],
    ['a.b.paypal.com', 'paypal'],
    ['notpaypal.com', undefined],
    ['paypal.com.evil.example', undefined],
    ['baidu.com', 'baidu'],
    ['www.baidu.com', 'baidu'],
    ['tieba.baidu.com', undefined],
    ['ai.baidu.com', 'baidu ai'],
    ['amazon.com', 'amazon'],
    ['www.amazon.co.uk', 'amazon'],
    ['smile.amazon.co.jp', 'amazon'],
    ['amazon.evil.com', undefined],
    ['pay.amazon.com', 'amazon pay'],
    ['pay.amazon.de', 'amazon pay germany'],
    ['com', undefined],
    ['', undefined],
    ['127.0.0.1', undefined],
    ['[::1]', undefined],
    [`${'a.'.repeat(200)}paypal.com`, undefined],
  ])('finds for "%s": %s', (host, expected) => {
    expect(find(host)).toBe(expected);
  });
});

describe('parseReferrer', () => {
  it.each([
    [
      'https://WWW.Google.com/search?q=x#y',
      { host: 'www.google.com', page: 'https://www.google.com/search' },
    ],
    [
      'https://user:secret@blog.example:8443/a',
      { host: 'blog.example', page: 'https://blog.example:8443/a' },
    ],
    ['https://blog.example./', { host: 'blog.example', page: 'https://blog.example./' }],
    [
      'android-app://com.google.android.gm/',
      { host: 'app:com.google.android.gm', page: 'android-app://com.google.android.gm' },
    ],
    ['', undefined],
    [undefined, undefined],
    ['about:blank', undefined],
    ['javascript:alert(1)', undefined],
    ['file:///etc/hosts', undefined],
    ['not an address', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseReferrer(text)).toEqual(expected);
  });
});

describe('knownReferrer', () => {
  it.each([
    ['www.google.com', 'google', 'search'],
    ['google.co.uk', 'google', 'search'],
    ['uk.search.yahoo.com', 'yahoo', 'search'],
    ['search.yahoo.co.jp', 'yahoo', 'search'],
    ['yandex.com.tr', 'yandex', 'search'],
    ['search.brave.com', 'brave', 'search'],
    ['go.mail.ru', 'go.mail.ru', 'search'],
    ['edgeservices.bing.com', 'copilot', 'ai'],
    ['yiyan.baidu.com', 'yiyan', 'ai'],
    ['gemini.google.com', 'gemini', 'ai'],
    ['l.facebook.com', 'facebook', 'social'],
    ['t.co', 'x', 'social'],
    ['de.pinterest.com', 'pinterest', 'social'],
    ['pinterest.co.uk', 'pinterest', 'social'],
    ['old.reddit.com', 'reddit', 'social'],
    ['m.youtube.com', 'youtube', 'video'],
    ['www.amazon.com.br', 'amazon', 'shopping'],
    ['mail.google.com', 'gmail', 'email'],
    ['e.mail.ru', 'mail.ru', 'email'],
    ['app:com.google.android.gm', 'gmail', 'email'],
    ['app:com.reddit.frontpage', 'reddit', 'social'],
  ])('knows %s as %s (%s)', (host, source, kind) => {
    expect(knownReferrer(host)).toEqual({ source, kind });
  });

  it.each([
    ['docs.google.com'],
    ['sites.google.com'],
    ['google.evil.example'],
    ['google.com.evil.example'],
    ['news.mail.ru'],
    ['app:com.example.unknown'],
    ['app:google.com'],
  ])('does not take %s for one it knows', (host) => {
    expect(knownReferrer(host)).toBeUndefined();
  });

  it('knows every source by the name it reports', () => {
    for (const [kind, sources] of Object.entries(referrerList)) {
      for (const source of Object.keys(sources)) expect([source, sourceKind(source)]).toEqual([source, kind]);
    }
  });

  it('lists nothing twice', () => {
    const keys = Object.values(referrerList).flatMap((sources) =>
      Object.values(sources).flatMap((entry) => entry.split(' ').filter(Boolean)),
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});

describe('hostSource', () => {
  it.each([
    ['www.blog.example', 'blog.example'],
    ['app:com.example', 'com.example'],
    ['wwwx.example', 'wwwx.example'],
  ])('names %s as %s', (host, source) => {
    expect(hostSource(host)).toBe(source);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileParameters } from '../../src/campaign/parameters.ts';
import { readCampaign } from '../../src/campaign/read.ts';

const page = 'https://shop.example/p';

describe('readCampaign', () => {
  it.each([
    ['names in any case, values as they are', '?UTM_Source=Google', { source: 'Google' }],
    ['an escaped ampersand', '?a=1&amp;utm_source=x&amp;amp;utm_medium=y', { source: 'x', medium: 'y' }],
    ['plus and percent spaces', '?utm_campaign=spring+sale%20now', { campaign: 'spring sale now' }],
    ['a percent-encoded name', '?utm%5Fsource=x', { source: 'x' }],
    ['the last value of a repeated parameter', '?utm_source=a&utm_source=b', { source: 'b' }],
    [
      'the last value that is not empty',
      '?utm_source=a&utm_source=b&utm_source=&utm_source=+',
      { source: 'b' },
    ],
    ['the exact case before any other', '?UTM_SOURCE=a&utm_source=b&Utm_Source=c', { source: 'b' }],
    ['nothing from empty values', '?utm_source=&utm_medium', {}],
    ['the fragment', '#utm_source=x&utm_medium=y', { source: 'x', medium: 'y' }],
    ['the query before the fragment', '?utm_source=q#utm_source=f&utm_term=t', { source: 'q', term: 't' }],
    ["a fragment's own query", '#/sale?utm_source=x', { source: 'x' }],
    [
      'a broken escape without losing the rest',
      '?utm_source=%E0%A4%A&utm_medium=50%+off',
      { source: '\uFFFD%A', medium: '50% off' },
    ],
    ['values that were encoded twice', '?utm_campaign=Summer%2520Sale', { campaign: 'Summer Sale' }],
    ['a percent sign that begins no escape', '?utm_campaign=20%25%20off', { campaign: '20% off' }],
    ['what an ad server left unfilled as it is', '?utm_content=%25ebuy!', { content: '%ebuy!' }],
    ['an equals sign in the value', '?utm_content=a=b', { content: 'a=b' }],
    [
      "all of GA4's labels",
      '?utm_source=1&utm_medium=2&utm_campaign=3&utm_term=4&utm_content=5&utm_id=6&utm_source_platform=7&utm_creative_format=8&utm_marketing_tactic=9',
      {
        source: '1',
        medium: '2',
        campaign: '3',
        term: '4',
        content: '5',
        id: '6',
        source_platform: '7',
        creative_format: '8',
        marketing_tactic: '9',
      },
    ],
    ['a semicolon as part of the value', '?utm_source=a;utm_medium=b', { source: 'a;utm_medium=b' }],
    ['no label that it does not know', '?utm_sourc=x&__proto__=y&constructor=z', {}],
  ])('reads %s', (_what, query, labels) => {
    expect(readCampaign(page + query).labels).toEqual(labels);
  });

  it.each([
    ['gclid with its case', '?gclid=Cj0KCQ_a-B', { gclid: 'Cj0KCQ_a-B' }],
    ['an id that was encoded twice', '?gclid=a%252Bb', { gclid: 'a+b' }],
    ['a plus in an id as a plus', '?fbclid=a+b%3D', { fbclid: 'a+b=' }],
    ['aliases under one name', '?im_ref=x', { irclickid: 'x' }],
    ['names under their lower-case form', '?ScCid=s1', { sccid: 's1' }],
    ['ShareASale beside Snapchat', '?SSCID=k1_a&ScCid=b', { sscid: 'k1_a', sccid: 'b' }],
    ['no recipient id', '?mc_eid=person&_kx=person', {}],
    ['no linker', '?_gl=1*abc*_ga*MQ..', {}],
  ])('reads %s', (_what, query, clickIds) => {
    expect(readCampaign(page + query).clickIds).toEqual(clickIds);
  });

  it.each([
    ['a second question mark', '?a=1?utm_source=x&utm_medium=y', { source: 'x', medium: 'y' }, {}],
    [
      'a second question mark inside a label',
      '?utm_source=x?utm_medium=y?gclid=g',
      { source: 'x', medium: 'y' },
      { gclid: 'g' },
    ],
    ['an encoded second question mark', '?a=1%3Futm_source=x', { source: 'x' }, {}],
    [
      'a question mark before the first name',
      '??utm_source=x&%3Futm_medium=y',
      { source: 'x', medium: 'y' },
      {},
    ],
    [
      'a query encoded as a whole',
      '?utm_source%3Dgoogle%26utm_medium%3Dcpc%26gclid%3Dg',
      { source: 'google', medium: 'cpc' },
      { gclid: 'g' },
    ],
    [
      'one encoded as a whole twice',
      '?utm_source%253Dgoogle%2526utm_medium%253Dcpc',
      { source: 'google', medium: 'cpc' },
      {},
    ],
    [
      'one that a form has closed with an equals sign',
      '?utm_source%3Dgoogle%26utm_medium%3Dcpc=',
      { source: 'google', medium: 'cpc' },
      {},
    ],
    [
      'an encoded beginning',
      '?utm_source%3Dgoogle%26utm_medium=cpc',
      { source: 'google', medium: 'cpc' },
      {},
    ],
    ['an encoded question mark in the path', '/%3Futm_source=x&gclid=g', { source: 'x' }, { gclid: 'g' }],
    ['an ampersand in the path', '/sale&utm_source=x&utm_medium=y', { source: 'x', medium: 'y' }, {}],
    [
      'a path that holds an encoded query',
      '/sale%3futm_source%3Dx%26utm_medium%3Dy',
      { source: 'x', medium: 'y' },
      {},
    ],
    [
      'labels of an address that it leads on to',
      '?next=%2Fsale%3Futm_source%3Dx%26gclid%3Dg',
      { source: 'x' },
      {},
    ],
    [
      'such an address two deep',
      '?redirect=%2Flogin%3Fnext%3D%252Fp%253Futm_source%253Dx',
      { source: 'x' },
      {},
    ],
    ['its own labels before those', '?utm_source=q&next=%2Fsale%3Futm_source%3Dx', { source: 'q' }, {}],
    ['its path before its fragment', '/%3Futm_source=p#utm_source=f', { source: 'p' }, {}],
  ])('mends %s', (_what, rest, labels, clickIds) => {
    expect(readCampaign(`https://shop.example${rest.startsWith('/') ? '' : '/p'}${rest}`)).toMatchObject({
      labels,
      clickIds,
    });
  });

  it.each([
    [
      'no nested address three deep',
      '?next=%2F%3Fnext%3D%252F%253Fnext%253D%25252F%25253Futm_source%25253Dx',
    ],
    ['no nested address of a parameter that leads nowhere', '?comment=%2Fsale%3Futm_source%3Dx'],
    ['no id of a nested address', '?url=https%3A%2F%2Fshop.example%2F%3Fgclid%3Dg'],
    ['no path that only looks like one', '/q%3Fa=1&b=2'],
    ['no parameter without a value', '?utm_source&utm_medium=&gclid=%20'],
  ])('reads %s', (_what, rest) => {
    expect(readCampaign(`https://shop.example${rest.startsWith('/') ? '' : '/p'}${rest}`).found).toEqual([]);
  });

  it.each([
    ['as it stood', '?utm_source=a%20b', { raw: 'a%20b', value: 'a b', from: 'query' }],
    ['escaped_ampersand', '?a=1&amp;utm_source=x', { raw: 'x', repaired: 'escaped_ampersand' }],
    ['question_mark', '?a=1?utm_source=x', { repaired: 'question_mark' }],
    ['encoded_twice', '?utm_source%3Dx%26a%3D1', { repaired: 'encoded_twice' }],
    [
      'value_encoded_twice',
      '?utm_source=a%2520b',
      { raw: 'a%2520b', value: 'a b', repaired: 'value_encoded_twice' },
    ],
    ['in_path', '%3Futm_source=x', { from: 'path', repaired: 'in_path' }],
    ['letter_case', '?UTM_SOURCE=x', { repaired: 'letter_case' }],
    ['broken_escape', '?utm_source=50%', { raw: '50%', value: '50%', repaired: 'broken_escape' }],
    ['repeated', '?utm_source=a&utm_source=b', { raw: 'b', repaired: 'repeated' }],
    ['too_long', `?utm_source=${'x'.repeat(3_000)}`, { raw: 'x'.repeat(256), repaired: 'too_long' }],
    ['the fragment', '#utm_source=x', { from: 'fragment' }],
    ['a nested address', '?u=%2F%3Futm_source%3Dx', { from: 'nested' }],
  ])('records a parameter raw and as it counts: %s', (_what, rest, found) => {
    expect(readCampaign(page + rest).found).toMatchObject([{ name: 'utm_source', ...found }]);
  });

  it('says nothing of mending where there was none, nor of the same value twice', () => {
    const { found } = readCampaign(`${page}?utm_source=x&gclid=g&ScCid=s&utm_source=x`);
    expect(found.filter(({ repaired }) => repaired !== undefined)).toEqual([]);
  });

  it.each([
    ['an address in a value', '?utm_source=a&to=jane%40example.com', ['to']],
    ['an address in a label', '?utm_content=jane@example.com', ['utm_content']],
    ['contact data by its name', '?first_name=Jane&phone=0171', ['first_name', 'phone']],
    ['an address that is the name', '?jane@example.com=1', ['another parameter']],
    ['nothing in a handle', '?to=@shop&utm_source=a@b', []],
  ])('names parameters with contact data: %s', (_what, rest, personal) => {
    expect(readCampaign(page + rest).personal).toEqual(personal);
  });

  it("reads a site's own parameters with its registry, and not without", () => {
    const own = compileParameters([
      { name: 'partner_click', kind: 'clickId' },
      { name: 'wk', kind: 'label', label: 'campaign' },
    ]);
    const url = `${page}?partner_click=A1&wk=spring`;
    expect(readCampaign(url, own)).toMatchObject({
      clickIds: { partner_click: 'A1' },
      labels: { campaign: 'spring' },
    });
    expect(readCampaign(url)).toBe(readCampaign(undefined));
    expect(readCampaign(`${url}&utm_campaign=u`, own).labels.campaign).toBe('u');
  });

  it('does bounded work on glued, nested and encoded parameters', () => {
    const glued = '?utm_source=x'.repeat(5_000);
    const nested = `?next=${'%2F%3Fnext%3D'.repeat(2_000)}`;
    const escaped = `?utm_source%${'25'.repeat(5_000)}3Dx`;
    const path = '/&amp;utm_sourc'.repeat(1_000);
    for (const rest of [glued, nested, escaped, path, `?${glued.repeat(3)}`])
      expect(readCampaign(`https://shop.example/${rest}`).found.length).toBeLessThanOrEqual(1);
  });

  it('lists what it saw, in order', () => {
    expect(
      readCampaign(`${page}?x=1&GCLID=a&utm_source=b&utm_source=c`).found.map(({ name }) => name),
    ).toEqual(['gclid', 'utm_source']);
  });

  it('cuts an over-long label and ignores an over-long click id, and says so', () => {
    const long = 'x'.repeat(2_049);
    const reading = readCampaign(`${page}?utm_source=${long}&gclid=${long}`);
    expect(reading.labels.source).toHaveLength(2_048);
    expect(reading.clickIds).toEqual({});
    expect(reading.notes).toEqual([
      'utm_source: cut to 2048 characters',
      'gclid: ignored, longer than 2048 characters',
    ]);
  });

  it('keeps a click id of exactly the longest length', () => {
    expect(readCampaign(`${page}?ttclid=${'x'.repeat(2_048)}`).clickIds.ttclid).toHaveLength(2_048);
  });

  it('reads a bounded number of parameters', () => {
    const padding = 'a=1&'.repeat(1_000);
    expect(readCampaign(`${page}?${padding}utm_source=x`).labels).toEqual({});
  });

  it('shares one frozen answer where there is nothing to read', () => {
    const none = readCampaign(undefined);
    expect(readCampaign(page)).toBe(none);
    expect(readCampaign(`${page}?a=1&b=2#top`)).toBe(none);
    expect(readCampaign('https://shop.example/%C3%BCber/a;b=c')).toBe(none);
    expect(Object.isFrozen(none.labels)).toBe(true);
  });

  it('reads any value back as it was, however it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), (value) => {
        fc.pre(value.trim() !== '');
        const byForm = new URLSearchParams({ utm_source: value }).toString();
        expect(readCampaign(`${page}?${byForm}`).labels.source).toBe(value.trim());
        expect(readCampaign(`${page}?gclid=${encodeURIComponent(value)}`).clickIds.gclid).toBe(value.trim());
      }),
    );
  });

  it('never throws, whatever the address is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const reading = readCampaign(`${before}?utm_source=${after}&gclid=%${after}`);
        expect(Object.values(reading.labels).every((value) => value.trim() !== '')).toBe(true);
      }),
    );
  });
});

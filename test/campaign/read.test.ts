import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCampaign } from '../../src/campaign/read.ts';

const page = 'https://shop.example/p';

describe('readCampaign', () => {
  it.each([
    ['names in any case, values as they are', '?UTM_Source=Google', { source: 'Google' }],
    ['an escaped ampersand', '?a=1&amp;utm_source=x&amp;amp;utm_medium=y', { source: 'x', medium: 'y' }],
    ['plus and percent spaces', '?utm_campaign=spring+sale%20now', { campaign: 'spring sale now' }],
    ['a percent-encoded name', '?utm%5Fsource=x', { source: 'x' }],
    ['the first value of a repeated parameter', '?utm_source=a&utm_source=b', { source: 'a' }],
    ['the first value that is not empty', '?utm_source=&utm_source=+&utm_source=b', { source: 'b' }],
    ['nothing from empty values', '?utm_source=&utm_medium', {}],
    ['the fragment', '#utm_source=x&utm_medium=y', { source: 'x', medium: 'y' }],
    ['the query before the fragment', '?utm_source=q#utm_source=f&utm_term=t', { source: 'q', term: 't' }],
    ["a fragment's own query", '#/sale?utm_source=x', { source: 'x' }],
    [
      'a broken escape without losing the rest',
      '?utm_source=%E0%A4%A&utm_medium=50%+off',
      { source: '\uFFFD%A', medium: '50% off' },
    ],
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
    ['a plus in an id as a plus', '?fbclid=a+b%3D', { fbclid: 'a+b=' }],
    ['aliases under one name', '?im_ref=x', { irclickid: 'x' }],
    ['names under their lower-case form', '?ScCid=s1', { sccid: 's1' }],
    ['ShareASale beside Snapchat', '?SSCID=k1_a&ScCid=b', { sscid: 'k1_a', sccid: 'b' }],
    ['no recipient id', '?mc_eid=person&_kx=person', {}],
    ['no linker', '?_gl=1*abc*_ga*MQ..', {}],
  ])('reads %s', (_what, query, clickIds) => {
    expect(readCampaign(page + query).clickIds).toEqual(clickIds);
  });

  it('lists what it saw, in order', () => {
    expect(readCampaign(`${page}?x=1&GCLID=a&utm_source=b&utm_source=c`).seen).toEqual([
      'gclid',
      'utm_source',
    ]);
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

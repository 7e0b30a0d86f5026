import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Touch } from '../../src/model/touch.ts';
import { firstTouch, isOtherCampaign, lastTouch, sessionTouch } from '../../src/session/attribution.ts';
import { define, direct, touch } from './stream.ts';

const spring = touch(100, { campaign: 'spring', clickIds: { gclid: { value: 'A', seenAtMs: 100 } } });
const news = touch(200, { source: 'newsletter', medium: 'email' });
const start = direct(50);

describe('the touch a session goes by', () => {
  const table: [
    title: string,
    current: Touch | undefined,
    incoming: Touch | undefined,
    source: string | undefined,
  ][] = [
    ['nothing is known of a session without evidence', undefined, undefined, undefined],
    ['the first evidence is taken', undefined, spring, 'google'],
    ['an event without a touch changes nothing', spring, undefined, 'google'],
    ['a later source does not replace the first', spring, news, 'google'],
    ['a source that happened earlier and arrived later does', news, spring, 'google'],
    ['direct never replaces a source', spring, direct(10), 'google'],
    ['a session that began direct adopts a later source', start, news, 'newsletter'],
    ['direct stays where nothing better comes', start, direct(60), '(direct)'],
  ];
  it.each(table)('%s', (_title, current, incoming, source) => {
    expect(sessionTouch(current, incoming)?.source).toBe(source);
  });

  it('takes in click ids of later touches without changing source and medium', () => {
    const later = touch(300, {
      kind: 'referral',
      source: 'facebook',
      medium: 'social',
      clickIds: { fbclid: { value: 'F', seenAtMs: 300 }, gclid: { value: 'B', seenAtMs: 300 } },
    });
    expect(sessionTouch(spring, later)).toEqual({
      ...spring,
      clickIds: { gclid: { value: 'B', seenAtMs: 300 }, fbclid: { value: 'F', seenAtMs: 300 } },
    });
  });

  it('keeps the newest value of a click id, whichever arrives last', () => {
    const older = touch(50, { clickIds: { gclid: { value: 'old', seenAtMs: 50 } } });
    expect(sessionTouch(spring, older)?.clickIds).toEqual({ gclid: { value: 'A', seenAtMs: 100 } });
  });

  it('keeps when a click id was first seen over a reload of the landing page', () => {
    const reload = touch(900, { campaign: 'spring', clickIds: { gclid: { value: 'A', seenAtMs: 900 } } });
    expect(sessionTouch(spring, reload)).toBe(spring);
  });

  it('carries the click ids of a direct start over to the adopted source', () => {
    const began = direct(50, { clickIds: { fbclid: { value: 'F', seenAtMs: 50 } } });
    expect(sessionTouch(began, news)).toEqual({
      ...news,
      clickIds: { fbclid: { value: 'F', seenAtMs: 50 } },
    });
  });

  it('treats a click id named `__proto__` as a name and nothing more', () => {
    const clickIds: Touch['clickIds'] = JSON.parse('{"__proto__": {"value": "x", "seenAtMs": 1}}');
    const merged = sessionTouch(spring, { ...news, clickIds });
    expect(Object.keys(merged?.clickIds ?? {})).toEqual(['gclid', '__proto__']);
    expect(Object.getPrototypeOf(merged?.clickIds)).toBe(Object.prototype);
  });
});

describe("a visitor's first and last touch", () => {
  const kinds = fc.constantFrom('campaign', 'search', 'direct' as const);
  const touches = fc.uniqueArray(fc.record({ atMs: fc.nat(1000), kind: kinds }), {
    selector: ({ atMs }) => atMs,
  });

  it('are the earliest and the latest that are not direct, in whatever order they arrive', () => {
    fc.assert(
      fc.property(touches, (list) => {
        const all = list.map(({ atMs, kind }) => touch(atMs, { kind }));
        const first = all.reduce<Touch | undefined>(firstTouch, undefined);
        const last = all.reduce<Touch | undefined>(lastTouch, undefined);
        const known = all.filter(({ kind }) => kind !== 'direct').sort((a, b) => a.atMs - b.atMs);
        const earliestDirect = all.toSorted((a, b) => a.atMs - b.atMs)[0];
        expect(first).toEqual(known[0] ?? earliestDirect);
        expect(last).toEqual(known.at(-1));
      }),
    );
  });
});

describe('another campaign', () => {
  const table: [title: string, current: Touch | undefined, incoming: Touch | undefined, isOther: boolean][] =
    [
      ['no touch is none', spring, undefined, false],
      ['direct is none', spring, start, false],
      ['a session without a touch has nothing to differ from', undefined, spring, false],
      ['the same again is none', spring, { ...spring, atMs: 500 }, false],
      [
        'the same in other letter case is none',
        news,
        { ...news, source: 'Newsletter', medium: 'EMAIL' },
        false,
      ],
      ['the same without its click id is none', spring, { ...spring, clickIds: {} }, false],
      ['another source is', spring, { ...spring, source: 'bing' }, true],
      ['another medium is', spring, { ...spring, medium: 'email' }, true],
      ['another campaign is', spring, { ...spring, campaign: 'autumn' }, true],
      ['a missing campaign is', spring, touch(500), true],
      ['another content is', spring, { ...spring, content: 'hero' }, true],
      ['another term is', spring, { ...spring, term: 'shoes' }, true],
      ['another id is', spring, { ...spring, id: '42' }, true],
      ['another kind is', spring, { ...spring, kind: 'search' }, true],
      ['another click is', spring, { ...spring, clickIds: { gclid: { value: 'B', seenAtMs: 500 } } }, true],
      ['a source after a direct start is', start, news, true],
    ];
  it.each(table)('%s', (_title, current, incoming, isOther) => {
    expect(isOtherCampaign(current, incoming, define({ campaignChange: 'split' }).campaign)).toBe(isOther);
  });
});

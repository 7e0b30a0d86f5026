import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BrowserMarks,
  createIdentityLock,
  exactMarks,
  formatVisitorCookie,
  keyFromClientIds,
  parseVisitorCookie,
  type VisitorCookie,
} from '../../src/visitor/identity.ts';

const id = 'AZaz09_-AZaz09_-AZaz09';

/** Makes a new identity each time, numbered. */
function maker(): () => VisitorCookie {
  let n = 0;
  return () => {
    n += 1;
    return { id: String(n).padStart(22, '0'), firstSeenSec: 1_790_000_000, setSec: 1_790_000_000 };
  };
}

/** A lock and a short way to claim from it: the number of the identity that the marks got. */
function lockOf(given: { readonly ttlMs?: number; readonly maxEntries?: number } = {}) {
  const lock = createIdentityLock({ ttlMs: 5_000, maxEntries: 1_000, ...given });
  const make = maker();
  return (marks: Partial<BrowserMarks>, nowMs = 0): number => {
    const { cookie } = lock.claim({ site: 'shop', exact: {}, ...marks }, nowMs, make);
    return Number(cookie.id);
  };
}

describe('the visitor cookie', () => {
  it('reads back what it writes', () => {
    const cookie = { id, firstSeenSec: 1_790_000_000, setSec: 1_795_000_000 };
    expect(formatVisitorCookie(cookie)).toBe(`1.${id}.1790000000.1795000000`);
    expect(parseVisitorCookie(formatVisitorCookie(cookie))).toEqual(cookie);
  });

  it.each([
    undefined,
    '',
    id,
    `2.${id}.1790000000.1790000000`,
    `1.${id}x.1790000000.1790000000`,
    `1.${id.slice(1)}.1790000000.1790000000`,
    `1.${id.slice(1)}!.1790000000.1790000000`,
    `1.${id}.179000000a.1790000000`,
    `1.${id}.12345678.1790000000`,
    `1.${id}.123456789012.1790000000`,
    `1.${id}.1790000000`,
    `1.${id}.1790000000.1790000000\n`,
    ` 1.${id}.1790000000.1790000000`,
  ])('is not read from %j', (value) => {
    expect(parseVisitorCookie(value)).toBeNull();
  });

  it('is read from anything without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => parseVisitorCookie(value) === null));
  });
});

describe('the identity lock', () => {
  it('gives hits with one exact mark in common one identity', () => {
    const claim = lockOf();
    expect(claim({ exact: { 'load a': '1' } })).toBe(1);
    expect(claim({ exact: { 'load a': '1', ga: 'x' } })).toBe(1);
    expect(claim({ exact: { 'load a': '2', ga: 'x' } })).toBe(1);
    expect(claim({ exact: { 'load a': '2' } })).toBe(1);
  });

  it('keeps different marks, kinds and sites apart', () => {
    const claim = lockOf();
    expect(claim({ exact: { 'load a': '1' } })).toBe(1);
    expect(claim({ exact: { 'load a': '2' } })).toBe(2);
    expect(claim({ exact: { ga: '1' } })).toBe(3);
    expect(claim({ site: 'other', exact: { 'load a': '1' } })).toBe(4);
    expect(claim({ network: '1' })).toBe(5);
    expect(claim({})).toBe(6);
  });

  it('believes the network where nothing exact contradicts it', () => {
    const claim = lockOf();
    expect(claim({ network: 'n' })).toBe(1);
    expect(claim({ network: 'n' })).toBe(1);
    expect(claim({ network: 'n', exact: { 'load a': '1' } })).toBe(1);
    expect(claim({ network: 'n', exact: { 'load b': '1', ga: 'x' } })).toBe(1);
    expect(claim({ network: 'n', exact: { 'load a': '2' } })).toBe(2);
    expect(claim({ network: 'n', exact: { 'load a': '1' } })).toBe(1);
    expect(claim({ network: 'm' })).toBe(3);
  });

  it('trusts an exact mark more than the network', () => {
    const claim = lockOf();
    expect(claim({ network: 'wifi', exact: { 'load a': '1' } })).toBe(1);
    expect(claim({ network: 'mobile' })).toBe(2);
    expect(claim({ network: 'mobile', exact: { 'load a': '1' } })).toBe(1);
  });

  it('forgets when its time is over, counted from the first hit', () => {
    const claim = lockOf({ ttlMs: 5_000 });
    expect(claim({ exact: { ga: 'x' } }, 0)).toBe(1);
    expect(claim({ exact: { ga: 'x' } }, 4_999)).toBe(1);
    expect(claim({ exact: { ga: 'x' } }, 5_000)).toBe(2);
    expect(claim({ exact: { ga: 'x' } }, 9_999)).toBe(2);
  });

  it('joins nothing where it is switched off', () => {
    const claim = lockOf({ ttlMs: 0 });
    expect([claim({ exact: { ga: 'x' } }), claim({ exact: { ga: 'x' } })]).toEqual([1, 2]);
  });

  it('forgets the oldest first where it is full', () => {
    const claim = lockOf({ maxEntries: 3 });
    for (const ga of ['a', 'b', 'c', 'd']) claim({ exact: { ga } });
    expect(claim({ exact: { ga: 'd' } })).toBe(4);
    expect(claim({ exact: { ga: 'b' } })).toBe(2);
    expect(claim({ exact: { ga: 'a' } })).toBe(5);
  });

  it('never remembers more than it may, whether hits make identities or join them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.nat(5)), { maxLength: 300 }), (hits) => {
        const maxEntries = 10;
        const lock = createIdentityLock({ ttlMs: 1_000_000, maxEntries });
        const make = maker();
        for (const [ga, load, network] of hits) {
          lock.claim(
            { site: 's', exact: { ga: String(ga), 'load a': String(load) }, network: String(network) },
            0,
            make,
          );
        }
        // What is remembered can be counted only by asking for it: every mark that is known gives an old identity.
        let known = 0;
        for (let n = 0; n <= 200; n++) {
          for (const kind of ['ga', 'load a']) {
            const probe = createProbe(lock, { [kind]: String(n) });
            if (probe) known += 1;
          }
        }
        expect(known).toBeLessThanOrEqual(maxEntries);
      }),
      { numRuns: 30 },
    );
  });

  it('takes no mark that is absurdly long', () => {
    const claim = lockOf();
    const long = 'x'.repeat(10_000);
    expect([claim({ exact: { ga: long } }), claim({ exact: { ga: long } })]).toEqual([1, 2]);
  });

  it('gives a browser the identity that it is known to have, whatever it was given before', () => {
    const lock = createIdentityLock({ ttlMs: 5_000, maxEntries: 10 });
    const make = maker();
    const marks = { site: 'shop', exact: { ga: '1.2' }, network: 'home' };
    const handedOver = { id, firstSeenSec: 1_790_000_000, setSec: 1_795_000_000 };
    lock.claim(marks, 0, make);
    lock.adopt(marks, 1_000, handedOver);
    expect(lock.claim({ site: 'shop', exact: { ga: '1.2' } }, 2_000, make).cookie).toBe(handedOver);
    expect(lock.claim({ site: 'shop', exact: {}, network: 'home' }, 5_999, make).cookie).toBe(handedOver);
    expect(lock.claim(marks, 6_000, make).isNew).toBe(true);
  });
});

/** Whether the marks are known. A mark that is not is claimed by it, so each may be asked once, long after the others. */
function createProbe(
  lock: ReturnType<typeof createIdentityLock>,
  exact: Readonly<Record<string, string>>,
): boolean {
  return !lock.claim({ site: 's', exact }, 0, maker()).isNew;
}

describe('exactMarks', () => {
  it('takes the page load by protocol and the ids of tools that name a browser', () => {
    const clientIds = { ga: '1.2', segment: 's', fbp: 'fb.1.2.3', throughline: 'forged', anything: 'x' };
    expect(exactMarks({ protocol: 'ga4', loadId: 'l', clientIds })).toEqual({
      'load ga4': 'l',
      ga: '1.2',
      segment: 's',
    });
    expect(exactMarks({ protocol: 'gateway', clientIds: {} })).toEqual({});
  });
});

describe('keyFromClientIds', () => {
  it('is the key itself where the sender knows it', () => {
    expect(keyFromClientIds('shop', { throughline: id, ga: 'x' })).toBe(id);
  });

  it.each([[{ throughline: 'customer-7' }], [{ ga: '1.2' }], [{ segment: 's', ga: '1.2' }]])(
    'is derived from %j, the same each time',
    (clientIds) => {
      const key = keyFromClientIds('shop', clientIds);
      expect(key).toMatch(/^[\w-]{22}$/);
      expect(keyFromClientIds('shop', clientIds)).toBe(key);
      expect(keyFromClientIds('other', clientIds)).not.toBe(key);
    },
  );

  it('prefers the most telling tool', () => {
    expect(keyFromClientIds('shop', { ga: '1.2', segment: 's' })).toBe(
      keyFromClientIds('shop', { segment: 's' }),
    );
  });

  it("is nothing without a naming tool; ad platforms' ids hang on another consent", () => {
    expect(keyFromClientIds('shop', {})).toBeUndefined();
    expect(keyFromClientIds('shop', { fbp: 'fb.1.1.1', anything: 'x' })).toBeUndefined();
  });
});

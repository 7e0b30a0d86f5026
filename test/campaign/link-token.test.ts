import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkContent } from '../../src/campaign/link-content.ts';
import {
  isLinkToken,
  type LinkBearer,
  linkKeyOf,
  maxLinkChars,
  readLink,
  writeLink,
} from '../../src/campaign/link-token.ts';

const issuedAtMs = 1_795_435_200_000;
const key = linkKeyOf('a secret of sixteen characters');
const chrome = (version: number, system = 'Windows NT 10.0; Win64; x64') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0';
const bearer: LinkBearer = { userAgent: chrome(142), network: '203.0.113' };
const content: LinkContent = {
  issuedAtMs,
  host: 'shop.example',
  visitor: { id: 'AAAAAAAAAAAAAAAAAAAAAA', firstSeenSec: 1_790_000_000 },
  parameters: [
    ['gclid', 'Cj0KCQjw-example_Value'],
    ['utm_source', 'newsletter'],
    ['utm_campaign', 'Frühling & Ostern'],
  ],
};

function read(token: string, changed: { readonly bearer?: LinkBearer; readonly nowMs?: number } = {}) {
  return readLink(token, changed.bearer ?? bearer, {
    keys: [key],
    nowMs: changed.nowMs ?? issuedAtMs + 5_000,
    seconds: 120,
    binding: 'browser_and_network',
  });
}

const visitors = fc.record({
  id: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  firstSeenSec: fc.nat(),
});
const contents: fc.Arbitrary<LinkContent> = fc
  .record({
    issuedAtMs: fc.constant(issuedAtMs),
    host: fc.domain().map((host) => host.toLowerCase()),
    visitor: fc.option(visitors, { nil: undefined }),
    parameters: fc.array(
      fc.tuple(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 20 })),
      { maxLength: 8 },
    ),
  })
  .map(({ visitor, ...rest }) => (visitor === undefined ? rest : { ...rest, visitor }));

describe('a link token', () => {
  it('brings back what was written into it', () => {
    fc.assert(
      fc.property(contents, (given) => {
        const token = writeLink(given, bearer, key);
        expect(isLinkToken(token)).toBe(true);
        const wellFormed = given.parameters.map(([name, value]) => [
          name.toWellFormed(),
          value.toWellFormed(),
        ]);
        const back = read(token);
        expect(back).toMatchObject({ issuedAtMs, host: given.host });
        if (typeof back === 'string') throw new Error(back);
        expect(back.visitor).toEqual(given.visitor);
        expect(wellFormed.slice(0, back.parameters.length)).toEqual(back.parameters);
      }),
    );
  });

  it('is refused with any bit flipped', () => {
    const token = writeLink(content, bearer, key);
    const bytes = Buffer.from(token.slice(2), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(read(`1.${changed.toString('base64url')}`)).toBe('link_forged');
    }
  });

  it('is refused with any character changed, the spare bits of the last one included', () => {
    const token = writeLink({ ...content, parameters: [] }, bearer, key);
    for (let at = 2; at < token.length; at++) {
      for (const other of 'AQgw_-059') {
        if (token[at] === other) continue;
        expect(read(token.slice(0, at) + other + token.slice(at + 1))).toMatch(
          /^link_(?:forged|unreadable)$/,
        );
      }
    }
  });

  it.each([
    ['', 'link_unreadable'],
    ['1.', 'link_unreadable'],
    ['1*abc', 'link_unreadable'],
    ['2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'link_unreadable'],
    ['1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'link_forged'],
  ])('that is %j is refused: %s', (token, reason) => {
    expect(read(token)).toBe(reason);
  });

  it('is never a reason to throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `1.${text}`),
        ),
        (token) => {
          expect(typeof read(token)).toBe('string');
        },
      ),
    );
  });

  it('counts for two minutes, and not before it was made', () => {
    const token = writeLink(content, bearer, key);
    expect(read(token, { nowMs: issuedAtMs + 120_000 })).toEqual(content);
    expect(read(token, { nowMs: issuedAtMs + 122_000 })).toBe('link_expired');
    expect(read(token, { nowMs: issuedAtMs - 5_000 })).toEqual(content);
    expect(read(token, { nowMs: issuedAtMs - 60_000 })).toBe('link_expired');
  });

  it('belongs to one browser, whatever its version', () => {
    const token = writeLink(content, bearer, key);
    const as = (userAgent: string) => read(token, { bearer: { ...bearer, userAgent } });
    expect(as(chrome(143))).toEqual(content);
    expect(as(chrome(142, 'Macintosh; Intel Mac OS X 10_15_7'))).toBe('link_other_browser');
    expect(as(firefox)).toBe('link_other_browser');
    expect(as('')).toBe('link_other_browser');
  });

  it('belongs to one network where the site wants that', () => {
    const token = writeLink(content, bearer, key);
    expect(read(token, { bearer: { ...bearer, network: '198.51.100' } })).toBe('link_other_network');
    const unbound = writeLink(content, { userAgent: bearer.userAgent }, key);
    expect(read(unbound)).toBe('link_other_network');
    const loose = { keys: [key], nowMs: issuedAtMs, seconds: 120, binding: 'browser' } as const;
    expect(readLink(token, { userAgent: bearer.userAgent }, loose)).toEqual(content);
  });

  it('is read with the secret before the last change too, and with no other', () => {
    const before = linkKeyOf('the secret before this one');
    const rules = { nowMs: issuedAtMs, seconds: 120, binding: 'browser' } as const;
    const token = writeLink(content, bearer, before);
    expect(readLink(token, bearer, { ...rules, keys: [key, before] })).toEqual(content);
    expect(readLink(token, bearer, { ...rules, keys: [key] })).toBe('link_forged');
  });

  it('stays within its length: what does not fit is left out whole, the last first', () => {
    const long = 'x'.repeat(700);
    const token = writeLink(
      {
        ...content,
        parameters: [
          ['gclid', 'short'],
          ['utm_term', long],
          ['utm_content', long],
          ['utm_id', '7'],
        ],
      },
      bearer,
      key,
    );
    expect(token.length).toBeLessThanOrEqual(maxLinkChars);
    expect(isLinkToken(token)).toBe(true);
    expect(read(token)).toMatchObject({
      parameters: [
        ['gclid', 'short'],
        ['utm_id', '7'],
      ],
    });
    const full = writeLink({ ...content, parameters: [['gclid', 'x'.repeat(690)]] }, bearer, key);
    expect(full.length).toBeGreaterThan(1_000);
    expect(read(full)).toMatchObject({ visitor: content.visitor });
  });

  it('has nothing in common with another of the same browser that would name it', () => {
    const anonymous: LinkContent = { issuedAtMs, host: 'shop.example', parameters: [] };
    const bytesOf = (token: string) => Buffer.from(token.slice(2), 'base64url');
    const first = bytesOf(writeLink(anonymous, bearer, key));
    const later = bytesOf(writeLink({ ...anonymous, issuedAtMs: issuedAtMs + 1_000 }, bearer, key));
    expect(first.subarray(-24).equals(later.subarray(-24))).toBe(false);
    expect(first.subarray(-24, -16).equals(later.subarray(-24, -16))).toBe(false);
  });
});

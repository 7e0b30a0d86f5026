import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeLink, withParameters } from '../../src/campaign/link-address.ts';
import { linkKeyOf, writeLink } from '../../src/campaign/link-token.ts';

const token = writeLink(
  { issuedAtMs: 1_795_435_200_000, host: 'shop.example', parameters: [] },
  { userAgent: 'Mozilla/5.0' },
  linkKeyOf('a secret of sixteen characters'),
);

describe('taking a hand-over out of an address', () => {
  it.each([
    [`/?tl=${token}`, '/'],
    [`/p?tl=${token}&a=1`, '/p?a=1'],
    [`/p?a=1&tl=${token}`, '/p?a=1'],
    [`/p?a=1&tl=${token}&b=%2F+%20&c`, '/p?a=1&b=%2F+%20&c'],
    [`/p?a=1&&tl=${token}&#top?x`, '/p?a=1&&#top?x'],
    [`/p?tl=${token}#a`, '/p#a'],
    [`/p?tl=${token}&tl=${token}`, '/p'],
    [`/p?tl=theirs&tl=${token}`, '/p?tl=theirs'],
    [`https://shop.example?tl=${token}`, 'https://shop.example'],
  ])('leaves every other byte of %s', (address, clean) => {
    expect(takeLink(address, 'tl')).toEqual({ address: clean, token });
  });

  it.each([
    '/',
    '/p?tl=',
    '/p?tl=english',
    '/p?tl=1.short',
    `/p?html=${token}`,
    `/p?TL=${token}`,
    `/p#?tl=${token}`,
    `/tl=${token}`,
    '/p?_gl=1*1abc2de*_ga*MTIzNDU2Nzg5MC4xNjk5OTk5OTk5',
  ])('leaves %s as it is', (address) => {
    expect(takeLink(address, 'tl')).toBeNull();
  });

  it('gives back any address that it was put into, to the byte', () => {
    const texts = fc.stringMatching(/^[\w%+.;=?-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), texts, fc.nat(5), (pairs, hash, at) => {
        const plain = `/p?${pairs.join('&')}#${hash}`;
        const decorated = `/p?${pairs.toSpliced(at, 0, `tl=${token}`).join('&')}#${hash}`;
        fc.pre(!plain.includes('??'));
        expect(takeLink(decorated, 'tl')).toEqual({ address: plain, token });
      }),
    );
  });
});

describe('adding parameters to an address', () => {
  it.each([
    ['/', '/?a=1&b=%26'],
    ['/?x=1', '/?x=1&a=1&b=%26'],
    ['/#top', '/?a=1&b=%26#top'],
    ['/#top?x', '/?a=1&b=%26#top?x'],
    ['/?x=1#top', '/?x=1&a=1&b=%26#top'],
  ])('puts them at the end of the query of %s', (address, expected) => {
    expect(
      withParameters(address, [
        ['a', '1'],
        ['b', '&'],
      ]),
    ).toBe(expected);
  });

  it('changes nothing where there are none', () => {
    expect(withParameters('/p?x#y', [])).toBe('/p?x#y');
  });
});

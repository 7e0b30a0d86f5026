import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMetaRefresh, parseRefresh } from '../../src/app/trace-refresh.ts';

describe('a Refresh value', () => {
  it.each([
    ['0; url=/a', { delaySeconds: 0, url: '/a' }],
    ['5;URL = "/a b"', { delaySeconds: 5, url: '/a b' }],
    ["1, url='/a'x", { delaySeconds: 1, url: '/a' }],
    ['0 /a', { delaySeconds: 0, url: '/a' }],
    ['0;/a?url=b', { delaySeconds: 0, url: '/a?url=b' }],
    ['.5;url=/a', { delaySeconds: 0, url: '/a' }],
    ['3.7;url=/a', { delaySeconds: 3, url: '/a' }],
    ['  7  ', { delaySeconds: 7 }],
    ['0;url=', { delaySeconds: 0 }],
    ['url=/a', undefined],
    ['0x;url=/a', undefined],
    ['', undefined],
  ])('%j is read as a browser reads it', (text, refresh) => {
    expect(parseRefresh(text)).toEqual(refresh);
  });
});

describe('a meta refresh', () => {
  const there = '<meta http-equiv="refresh" content="0;url=/a">';

  it.each([
    ['plain', there, '/a'],
    [
      'attributes in any order, case and quotes',
      "<MeTa CONTENT='0;url=/a' data-x HTTP-EQUIV=REFRESH />",
      '/a',
    ],
    [
      'entities',
      '<meta http-equiv=refresh content="0;url=/a?b=1&amp;c=2&#38;d=3&#x26;e">',
      '/a?b=1&c=2&d=3&e',
    ],
    ['after a comment', `<!--> <meta> --><!-- > ${there} -->${there.replace('/a', '/b')}`, '/b'],
    ['after a script', `<script>let a = '${there}';</script>${there.replace('/a', '/b')}`, '/b'],
    ['the first of two', there + there.replace('/a', '/b'), '/a'],
    ['a > inside an attribute', `<p title="a > b ${there}">${there.replace('/a', '/b')}`, '/b'],
  ])('is found: %s', (_title, html, url) => {
    expect(findMetaRefresh(html)).toMatchObject({ url });
  });

  it.each([
    ['a comment', `<!-- ${there} -->`],
    ['a comment that is never closed', `<!-- ${there}`],
    ['a script', `<script>${there}</script>`],
    ['a script that is never closed', `<script>${there}`],
    ['a style', `<style>${there}</style>`],
    ['noscript', `<noscript>${there}</noscript>`],
    ['a template', `<template>${there}</template>`],
    ['a title', `<title>${there}</title>`],
    ['an attribute', `<p title='${there}'>`],
  ])('does not count in %s', (_title, html) => {
    expect(findMetaRefresh(html)).toBeUndefined();
  });

  it('never throws, and takes no long time over hostile text', () => {
    const piece = fc.constantFrom(
      '<',
      '<!--',
      '-->',
      '<meta ',
      'http-equiv=refresh',
      ' content="0;',
      '"',
      "'",
      '=',
      '>',
      '&#x110000;',
      '</script',
      '<script',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (pieces, times) => {
        const found = findMetaRefresh(pieces.join('').repeat(times).slice(0, 65_536));
        expect(found === undefined || found.delaySeconds >= 0).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { LinkDecorator, LinkTarget } from '../../../src/edge/rewrite/decorator.ts';
import { createPageRewriter } from '../../../src/edge/rewrite/page.ts';
import { decorateAll, pageUrl, rewrite } from './pages.ts';

function asked(page: string): readonly string[] {
  const targets: string[] = [];
  const note: LinkDecorator = ({ tag, url, method }: LinkTarget) => {
    targets.push(`${tag} ${method} ${url.href}`);
    return null;
  };
  expect(rewrite([page], note)).toBe(page);
  return targets;
}

describe('a decorator', () => {
  it.each([
    ['<a href="https://pay.example/x?a=1&amp;b=%20#c">', ['a get https://pay.example/x?a=1&b=%20#c']],
    ['<AREA HREF=//pay.example>', ['area get https://pay.example/']],
    ['<form action=https://pay.example/s>', ['form get https://pay.example/s']],
    ['<form method=" post" action=https://pay.example/s>', ['form get https://pay.example/s']],
    ['<form METHOD=Post action=https://pay.example/s>', ['form post https://pay.example/s']],
    ['<form method=dialog action=https://pay.example/s>', []],
    ['<a href="htt&#112s&colon;&sol;&sol;pay.example">', ['a get https://pay.example/']],
    ['<a href="https://pay.example/?a=1&copy=2&lt=3">', ['a get https://pay.example/?a=1&copy=2&lt=3']],
    ['<a href="\\\\pay.example">', ['a get https://pay.example/']],
    ['<a href="/\t/pay.example">', ['a get https://pay.example/']],
    ['<a href="/&#47;pay.example">', ['a get https://pay.example/']],
    ['<a href=/here><a href="#part"><a href="?b"><a href=""><a href>', []],
    ['<a href="javascript:void(0)"><a href="tel:1"><a href="https://"><a name=x>', []],
    ['<link href="https://pay.example/"><button formaction="https://pay.example/">', []],
    ['<svg><a href="https://pay.example/svg"/></svg>', ['a get https://pay.example/svg']],
  ])('is asked about what leads to another origin: %s', (page, expected) => {
    expect(asked(page)).toEqual(expected);
  });

  it('sees addresses as the first base of the page makes them', () => {
    const base =
      '<base target=_top><base href="https://pay.example/de/"><base href="https://other.example/">';
    expect(asked(`${base}<a href="x"><a href="/y"><a href="${pageUrl}">`)).toEqual([
      'a get https://pay.example/de/x',
      'a get https://pay.example/y',
    ]);
    expect(asked('<base href="data:,x"><a href="//pay.example/x">')).toEqual(['a get https://pay.example/x']);
  });
});

describe('a decorated page', () => {
  it.each([
    ['<a href="https://pay.example">', '<a href="https://pay.example?tlx=Z-1">'],
    ['<a href=https://pay.example/>', '<a href=https://pay.example/?tlx=Z-1>'],
    ["<a href='https://pay.example/?a=1#b'>", "<a href='https://pay.example/?a=1&amp;tlx=Z-1#b'>"],
    ['<a href="https://pay.example/?">', '<a href="https://pay.example/?tlx=Z-1">'],
    ['<a href="https://pay.example/?a&">', '<a href="https://pay.example/?a&amp;tlx=Z-1">'],
    ['<a href="https://pay.example/?a&amp;">', '<a href="https://pay.example/?a&amp;tlx=Z-1">'],
    ['<a href="https://pay.example/?a&amp">', '<a href="https://pay.example/?a&amp;tlx=Z-1">'],
    ['<a href="https://pay.example/&num;b">', '<a href="https://pay.example/?tlx=Z-1&num;b">'],
    ['<a href=" https://pay.example/ \n">', '<a href=" https://pay.example/?tlx=Z-1 \n">'],
    [
      '<form action="https://pay.example/?a=1">',
      '<form action="https://pay.example/?a=1"><input type="hidden" name="tlx" value="Z-1">',
    ],
    [
      '<form method=post action=https://pay.example/>',
      '<form method=post action=https://pay.example/?tlx=Z-1>',
    ],
  ])('has the parameter where the query ends: %s', (page, expected) => {
    expect(rewrite([page])).toBe(expected);
  });

  it('holds any name and value as text, in attributes of any quotes and in fields', () => {
    const nasty: LinkDecorator = () => ({ parameters: [['a"b', `'><&é😀\ud800`]] });
    const encoded = 'a%22b=%27%3E%3C%26%C3%A9%F0%9F%98%80%EF%BF%BD';
    expect(rewrite(['<a href=//pay.example/>'], nasty)).toBe(`<a href=//pay.example/?${encoded}>`);
    expect(rewrite(['<form action="//pay.example">'], nasty)).toBe(
      '<form action="//pay.example"><input type="hidden" name="a&#34;b" value="&#39;&#62;&#60;&amp;&#233;&#128512;&#65533;">',
    );
  });

  it.each([
    ['a byte order mark of UTF-16', '\xff\xfe<a href="https://pay.example/">'],
    ['an encoding that hides markup', '<meta charset=iso-2022-jp><a href="https://pay.example/">'],
    [
      'such an encoding in its older form',
      '<meta http-equiv=content-type content="text/html; charset=ISO-2022-JP"><a href="https://pay.example/">',
    ],
    ['a link of more than 64 KB', `<a title="${'x'.repeat(70_000)}" href="https://pay.example/">`],
    ['a base of more than 64 KB', `<base title="${'x'.repeat(70_000)}"><a href="https://pay.example/">`],
    ['a link that is not whole', 'x<a href="https://pay.example/"'],
    ['one byte', '<'],
    ['nothing', ''],
  ])('passes as it is with %s', (_what, page) => {
    expect(rewrite([...(page.match(/.{1,999}/gs) ?? [])])).toBe(page);
  });

  it('has its later links decorated after a tag of more than 64 KB', () => {
    const long = `<a title="${'x'.repeat(70_000)}" href="/">`;
    const link = '<a href="https://pay.example/">';
    expect(rewrite([long.slice(0, 66_000), long.slice(66_000) + link])).toBe(
      `${long}<a href="https://pay.example/?tlx=Z-1">`,
    );
  });
});

describe('streaming', () => {
  const rewriter = () =>
    createPageRewriter({
      url: pageUrl,
      decorate: decorateAll,
      repairRefresh: null,
      onFailure: () => undefined,
    });

  it.each([
    ['<p class="long attr', ''],
    ['<script>if (a < b', ''],
    ['<!-- a comment -- that', ''],
    ['<title>A title <', '<'],
    ['text </textare', ''],
    ['<p>text <a href="x', '<a href="x'],
    ['<p>text <met', '<met'],
  ])('keeps nothing back but what may become a tag of interest: %s', (page, kept) => {
    const page_ = rewriter();
    expect(page_.push(Buffer.from(page)).toString()).toBe(page.slice(0, page.length - kept.length));
    expect(page_.end().toString()).toBe(kept);
  });

  it('loses no byte where a decorator throws in the middle of a tag in pieces', () => {
    const failures: unknown[] = [];
    let calls = 0;
    const page = createPageRewriter({
      url: pageUrl,
      decorate: () => {
        calls += 1;
        if (calls === 2) throw new Error('a bug');
        return { parameters: [['tlx', 'Z-1']] };
      },
      repairRefresh: null,
      onFailure: (error) => failures.push(error),
    });
    const parts = [
      '1<a hr',
      'ef="//pay.example/1">2<a href="//pay.example/2">3<a href="//pay',
      '.example/3">4',
    ];
    const out = parts.map((part) => page.push(Buffer.from(part)).toString()).join('') + page.end().toString();
    expect(out).toBe(parts.join(''));
    expect(failures).toHaveLength(1);
  });
});

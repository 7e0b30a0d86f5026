import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLanguage, type Expression } from '../../src/rules/language.ts';
import { ExpressionFailure } from '../../src/rules/value.ts';
import { eventOf, purchase } from './events.ts';

const language = createLanguage();

function compiled(source: string, result: 'condition' | 'value' = 'condition'): Expression {
  const compilation = language.compile(source, result);
  if (!compilation.ok) throw new Error(JSON.stringify(compilation.faults));
  return compilation.expression;
}

function faultsOf(source: string, result: 'condition' | 'value' = 'condition') {
  const compilation = language.compile(source, result);
  return compilation.ok ? [] : compilation.faults;
}

const pageView = eventOf({
  name: 'page_view',
  page: { url: 'https://Shop.example/a?x=1' },
  properties: { n: 5 },
});

describe('a condition', () => {
  it.each([
    ['event.name == "page_view"', true],
    ['event.properties.n + 1 == 6 && event.properties.n % 2 == 1', true],
    ['event.properties.n / 2 > 2 && 2 * event.properties.n == 10 && 6 - event.properties.n == 1', true],
    ['host(event.page.url) == "shop.example" && path(event.page.url) == "/a"', true],
    ['query(event.page.url, "x") == "1" && query(event.page.url, "y") == ""', true],
    ['host("not a url") == ""', true],
    ['lower(event.page.url).contains("shop")', true],
    ['re(event.page.url, "^https://")', true],
    ['re(event.page.url, "^ftp")', false],
    ['has(event.commerce.value)', false],
    ['!has(event.commerce.value)', true],
    ['has(event.campaign.session.clickIds.gclid)', false],
    ['has(event.page.url)', true],
    ['event.?commerce.?value.orValue(0) == 0', true],
    ['event.name in ["page_view", "screen_view"]', true],
    ['event.consent.types.ad_storage.granted', true],
    ['event.consent.types["ad_storage"].granted', true],
    ['event.commerce.value > 1 || event.name == "page_view"', true],
    ['event.commerce.value > 1 && event.name == "purchase"', false],
    ['!(event.commerce.value > 1 && event.name == "purchase")', true],
    [`event.name == 'page_view' && "a\\"b" == 'a"b' && "é" == "\\u00e9"`, true],
  ])('%s is %s on a page view', (source, expected) => {
    expect(compiled(source).holds({ event: pageView })).toBe(expected);
  });

  it.each([
    ['event.commerce.items.exists(i, i.id == "lamp" && i.price > 50)', true],
    ['event.commerce.items.all(i, i.price > 50)', false],
    ['event.commerce.items.filter(i, i.quantity > 1).exists(i, i.id == "bulb")', true],
    ['event.commerce.items.exists(i, ["la", "bu"].exists(p, i.id.startsWith(p)))', true],
    ['"gclid" in event.campaign.session.clickIds', true],
    ['event.commerce.value == 150', true],
  ])('%s is %s on a purchase', (source, expected) => {
    expect(compiled(source).holds({ event: purchase })).toBe(expected);
  });

  it.each([
    ['event.commerce.value > 100', 'event.commerce is missing'],
    ['!(event.commerce.value > 100)', 'event.commerce is missing'],
    ['event.campaign.session.source == "google"', 'event.campaign.session is missing'],
    ['event.properties.plan == "pro"', 'event.properties.plan is missing'],
    ['event.commerce.value > 1 || event.name == "x"', 'event.commerce is missing'],
  ])('%s is neither true nor false where a field is missing', (source, message) => {
    expect(compiled(source).holds({ event: pageView })).toEqual(new ExpressionFailure('missing', message));
  });

  it.each([
    ['event.properties.n > "x"', /no such overload/],
    ['event.properties.n', /neither true nor false/],
    ['event.properties.n.size() == 1', /no matching overload/],
  ])('%s fails with what went wrong', (source, message) => {
    const answer = compiled(source).holds({ event: pageView });
    expect(answer).toMatchObject({ kind: 'failed', message: expect.stringMatching(message) });
  });

  it.each([
    ['event.name == "page_view" && event.commerce.value > 1', 'event.commerce is missing'],
    ['event.name == "purchase" && event.properties.n == 5', 'event.name == "purchase"'],
    [
      'event.name == "page_view" && (event.site == "a" || event.site == "b")',
      'event.site == "a" || event.site == "b"',
    ],
    ['event.name == "page_view"', undefined],
  ])('%s names the smallest part that is not true', (source, part) => {
    expect(compiled(source).falsePart({ event: pageView })).toBe(part);
  });

  it('agrees with CEL wherever CEL gives an answer', () => {
    const plain = new Environment({ enableOptionalTypes: true }).registerVariable('event', 'dyn');
    const leaf = fc.constantFrom(
      'event.name == "page_view"',
      'event.name == "purchase"',
      'event.commerce.value > 1.0',
      'event.properties.n == 5.0',
      'event.properties.n == "a"',
      'has(event.page)',
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} && ${b})`),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} || ${b})`),
        tie('tree').map((a) => `!(${a})`),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(pageView, purchase), (source, event) => {
        let expected: unknown;
        try {
          expected = plain.evaluate(source, { event });
        } catch {
          expected = undefined;
        }
        const answer = compiled(source).holds({ event });
        expect(answer instanceof ExpressionFailure ? undefined : answer).toBe(expected);
      }),
    );
  });
});

describe('a value', () => {
  it.each([
    ['1 + 2', 3],
    ['event.commerce.value * 2', 300],
    ['{"a": 1, "b": [1, 2.5, "x", true, null]}', { a: 1, b: [1, 2.5, 'x', true, null] }],
    ['optional.of(3)', 3],
    ['event.commerce.items.map(i, i.id)', ['lamp', 'bulb']],
    ['event.?page.?loadId.orValue("none")', 'none'],
    ['{"__proto__": 1}', {}],
  ])('%s is %j as JSON', (source, expected) => {
    expect(compiled(source, 'value').value({ event: purchase })).toEqual(expected);
  });

  it.each([
    ['1.0 / 0.0', 'failed'],
    ['b"abc"', 'failed'],
    ['optional.none()', 'failed'],
    ['event.page.loadId', 'missing'],
  ])('%s has none', (source, kind) => {
    expect(compiled(source, 'value').value({ event: purchase })).toMatchObject({ kind });
  });

  it('never quotes what the event holds when it fails', () => {
    const answer = compiled('bool(event.properties.words)', 'value').value({ event: purchase });
    expect(answer).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(answer)).not.toContain('many');
  });
});

describe('loading an expression', () => {
  it.each([
    ['event.comerce.value > 1', { code: 'unknown_field', start: 6, suggestion: 'event.commerce' }],
    ['has(event.comerce.value)', { code: 'unknown_field', start: 10, suggestion: 'event.commerce' }],
    ['event.?commerce.?valu.orValue(0) > 1', { code: 'unknown_field', suggestion: 'event.commerce.value' }],
    ['event.consent.types["ad_storag"].granted', { code: 'unknown_field', start: 21 }],
    ['event.commerce.items.exists(i, i.qantity > 1)', { code: 'unknown_field', suggestion: 'i.quantity' }],
    ['event.commerce.items[0].prise > 1', { code: 'unknown_field' }],
    ['name == "purchase"', { code: 'unknown_name', suggestion: 'event.name' }],
    ['evnt.name == "purchase"', { code: 'unknown_name', suggestion: 'event' }],
    ['event.name == xyzzy', { code: 'unknown_name', suggestion: '"xyzzy"', start: 14 }],
    ['lowr(event.name) == "x"', { code: 'unknown_name', suggestion: 'lower' }],
    ['event.name.startWith("x")', { code: 'unknown_name', suggestion: 'startsWith', start: 11 }],
    ['event.name == 5', { code: 'expression_type' }],
    ['event.name > event.client.isBot', { code: 'expression_type' }],
    ['event.name', { code: 'expression_type', message: expect.stringContaining('must be true or false') }],
    ['event.name ==', { code: 'expression_syntax', start: 13 }],
    ['', { code: 'expression_syntax' }],
    ['event.name.matches("a")', { code: 'expression_forbidden', start: 11 }],
    ['cel.bind(a, 1, true)', { code: 'expression_forbidden' }],
    [
      'event.commerce.items.exists(i, event.commerce.items.exists(j, i.id == j.id))',
      { code: 'expression_forbidden' },
    ],
    ['[1].exists(event, event == 1)', { code: 'expression_forbidden' }],
    [`${'('.repeat(300)}true${')'.repeat(300)}`, { code: 'expression_forbidden' }],
    [Array(400).fill('true').join(' && '), { code: 'expression_forbidden' }],
    ['re(event.name, "(?=x)")', { code: 'bad_pattern', start: 15 }],
    ['re(event.name, event.site)', { code: 'bad_pattern', start: 15 }],
  ])('refuses %s', (source, fault) => {
    expect(faultsOf(source)[0]).toMatchObject(fault);
  });

  it('runs patterns in linear time', () => {
    const bomb = eventOf({ page: { title: `${'a'.repeat(50_000)}!` } });
    expect(compiled('re(event.page.title, "^(a+)+$")').holds({ event: bomb })).toBe(false);
  });

  it('cannot reach what is not in the event', () => {
    for (const source of ['event.properties.constructor == 1', 'event.properties.__proto__ == 1']) {
      expect(compiled(source).holds({ event: pageView })).toMatchObject({ kind: 'missing' });
    }
  });

  it('never throws, whatever the text', () => {
    const pieces = [
      'event',
      '.',
      'name',
      '==',
      '"x"',
      '(',
      ')',
      '[',
      ']',
      '&&',
      '!',
      '1',
      '?',
      ':',
      'has',
      ',',
      'i',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 15 }).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const compilation = language.compile(source, 'value');
        if (!compilation.ok) expect(compilation.faults.length).toBeGreaterThan(0);
        else expect(compilation.expression.value({ event: purchase })).not.toBeUndefined();
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bodyTemplateSchema,
  fillBody,
  fillText,
  textTemplateSchema,
} from '../../../src/destinations/shared/template.ts';
import type { Event } from '../../../src/model/event.ts';
import { goldenOf } from '../golden.ts';

const purchase = goldenOf('http').cases.flatMap((one) => ('event' in one ? [one.event] : []))[0];
if (purchase === undefined) throw new Error('the golden file has no event');
const event: Event = { ...purchase, properties: { plan: 'pro', list: [1, 'two'], '': 'nameless' } };

describe('a reference to the event', () => {
  it.each([
    ['{{site}}', 'shop'],
    ['{{ site }}/{{properties.plan}}', 'shop/pro'],
    ['{{properties.list}}', '[1,"two"]'],
    ['{{properties.list.1}}', 'two'],
    ['{{properties.list.7}}', ''],
    ['{{properties.list.length}}', ''],
    ['{{properties.plan.length}}', ''],
    ['{{visitor.isNew}}', 'false'],
    ['{{commerce.coupon}}', ''],
    ['{site} {{}', '{site} {{}'],
  ])('%s is %j', (text, filled) => {
    expect(fillText(textTemplateSchema.parse(text), event)).toBe(filled);
  });

  it.each([
    '{{comerce.value}}',
    '{{commerce.valeu}}',
    '{{site.name}}',
    '{{commerce.items.first.id}}',
    '{{__proto__}}',
    '{{properties.__proto__}}',
    '{{properties.constructor.name}}',
    '{{visitor..key}}',
    '{{}}',
    '{{commerce.value * 2}}',
    `{{properties.${'a.'.repeat(20)}a}}`,
  ])('is refused where the event has no such field: %s', (text) => {
    expect(textTemplateSchema.safeParse(text).success).toBe(false);
    expect(bodyTemplateSchema.safeParse({ deep: [{ text: `x ${text}` }] }).success).toBe(false);
  });
});

describe('a body', () => {
  it('is its own JSON where it names no field', () => {
    const json = fc.dictionary(
      fc.string(),
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value).replaceAll('{{', '{ {'))),
    );
    fc.assert(
      fc.property(json, (body) => {
        fc.pre(!JSON.stringify(body).includes('__proto__'));
        const filled = fillBody(bodyTemplateSchema.parse(body), event);
        expect(JSON.stringify(filled)).toBe(JSON.stringify({ ...body }));
      }),
    );
  });

  it('never reads a reference in what the event says', () => {
    fc.assert(
      fc.property(fc.string(), (said) => {
        const hostile = { ...event, properties: { said: `{{visitor.key}}${said}` } };
        const template = bodyTemplateSchema.parse({ a: '{{properties.said}}', b: '<{{properties.said}}>' });
        expect(fillBody(template, hostile)).toEqual({
          a: `{{visitor.key}}${said}`,
          b: `<{{visitor.key}}${said}>`,
        });
      }),
    );
  });

  it('loses a key called __proto__, and no object changes', () => {
    const template = bodyTemplateSchema.parse(JSON.parse('{"a":{"__proto__":{"polluted":"{{site}}"}}}'));
    expect(fillBody(template, event)).toEqual({ a: {} });
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });
});

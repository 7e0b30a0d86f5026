import { describe, expect, it } from 'vitest';
import { withoutLinks } from '../../src/campaign/link-json.ts';
import type { JsonObject } from '../../src/model/json.ts';

const token = `1.${'A'.repeat(60)}`;

describe('texts that repeat an address', () => {
  it('are the same object where no hand-over is in them', () => {
    const object: JsonObject = { a: 'https://shop.example/?tl=en', b: [1, null, { c: `x=${token}` }] };
    expect(withoutLinks(object, 'tl')).toBe(object);
  });

  it('lose it wherever it is, and nothing else', () => {
    const object: JsonObject = JSON.parse(
      `{"__proto__":"/?tl=${token}","list":["/?a=1&tl=${token}#x",7],"kept":{"b":[true]}}`,
    );
    const clean = withoutLinks(object, 'tl');
    expect(JSON.stringify(clean)).toBe('{"__proto__":"/","list":["/?a=1#x",7],"kept":{"b":[true]}}');
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
    expect(clean['kept']).toBe(object['kept']);
  });

  it('are looked at as deep as a protocol lets them nest', () => {
    const deep: JsonObject = JSON.parse(`${'{"a":'.repeat(500)}"/?tl=${token}"${'}'.repeat(500)}`);
    expect(() => withoutLinks(deep, 'tl')).not.toThrow();
  });
});

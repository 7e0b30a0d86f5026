import { describe, expect, it } from 'vitest';
import { checkPath, type PathUse } from '../../src/rules/path.ts';

const refused: readonly (readonly [string, PathUse, string])[] = [
  ['comerce.value', 'write', 'unknown_field'],
  ['commerce.valeu', 'keep', 'unknown_field'],
  ['consent', 'write', 'protected_field'],
  ['consent.types.ad_storage.granted', 'write', 'protected_field'],
  ['visitor.key', 'write', 'protected_field'],
  ['visitor', 'write', 'protected_field'],
  ['id', 'write', 'protected_field'],
  ['site', 'write', 'protected_field'],
  ['id', 'remove', 'protected_field'],
  ['visitor.key', 'remove', 'protected_field'],
  ['visitor.key', 'move', 'protected_field'],
  ['consent.region', 'remove', 'protected_field'],
  ['name', 'remove', 'bad_path'],
  ['name', 'move', 'bad_path'],
  ['properties', 'move', 'bad_path'],
  ['commerce.items.id', 'write', 'bad_path'],
  ['commerce.items.coupon', 'move', 'bad_path'],
  ['session', 'write', 'bad_path'],
  ['campaign.session', 'write', 'bad_path'],
  ['page.url.host', 'write', 'bad_path'],
  ['properties.__proto__.x', 'write', 'bad_path'],
  ['__proto__', 'keep', 'bad_path'],
  ['properties.constructor', 'write', 'bad_path'],
  ['properties..x', 'write', 'bad_path'],
  ['', 'keep', 'bad_path'],
  [`properties${'.a'.repeat(50)}`, 'write', 'bad_path'],
];

const taken: readonly (readonly [string, PathUse])[] = [
  ['name', 'write'],
  ['properties.a.b.c', 'write'],
  ['commerce', 'write'],
  ['commerce.items', 'write'],
  ['user.emails', 'move'],
  ['visitor', 'remove'],
  ['visitor.userId', 'write'],
  ['visitor.clientIds.ga', 'write'],
  ['commerce.items.coupon', 'remove'],
  ['commerce.items.extra.colour', 'remove'],
  ['properties', 'remove'],
  ['campaign.session.clickIds.gclid.value', 'keep'],
];

describe('a path in a rule', () => {
  it.each(refused)('%s cannot be used to %s: %s', (text, use, code) => {
    const checked = checkPath(text, use);
    expect(checked.ok ? 'ok' : checked.fault.code).toBe(code);
  });

  it.each(taken)('%s can be used to %s', (text, use) => {
    expect(checkPath(text, use)).toMatchObject({ ok: true, path: text.split('.') });
  });

  it('that is misspelt comes with the nearest field', () => {
    expect(checkPath('commerce.valeu', 'write')).toMatchObject({ fault: { suggestion: 'commerce.value' } });
  });
});

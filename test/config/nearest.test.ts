import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

const keys = ['hosts', 'upstream', 'cookieDomain', 'timezone', 'to'];

describe('the nearest known name', () => {
  it.each([
    ['host', 'hosts'],
    ['upstraem', 'upstream'],
    ['cookie_domain', 'cookieDomain'],
    ['COOKIE-DOMAIN', 'cookieDomain'],
    ['timezon', 'timezone'],
    ['ot', 'to'],
  ])('takes %s for %s', (written, meant) => {
    expect(nearest(written, keys)).toBe(meant);
  });

  it.each(['banana', '', 'x'.repeat(500), 'xyz'])('has nothing to offer for %j', (written) => {
    expect(nearest(written, keys)).toBeUndefined();
  });

  it('never offers what was written', () => {
    expect(nearest('hosts', ['hosts'])).toBeUndefined();
  });

  it('offers only known names, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        const found = nearest(written, keys);
        expect(found === undefined || keys.includes(found)).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveBrowserIds, deriveFbp } from '../../src/visitor/browser-ids.ts';

const id = 'AbCdEfGhIjKlMnOpQrStUv';
const seed = { id, firstSeenSec: 1_790_000_000 };

describe('deriveFbp', () => {
  it('is one id for one visitor, in the form that Meta documents', () => {
    const fbp = deriveFbp(seed);
    expect(fbp).toMatch(/^fb\.1\.1790000000000\.\d{1,10}$/);
    expect(Number(fbp.split('.')[3])).toBeLessThan(2 ** 31);
    expect(deriveFbp({ ...seed })).toBe(fbp);
    expect(deriveFbp({ ...seed, id: id.toLowerCase() })).not.toBe(fbp);
  });
});

describe('deriveBrowserIds', () => {
  it("has the forms of the vendors' own tags", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }),
        fc.integer({ min: 0, max: 9 }),
        (visitorId, firstSeenSec, dots) => {
          const { _fbp, _gcl_au, _rdt_uuid } = deriveBrowserIds({ id: visitorId, firstSeenSec }, dots);
          expect(_fbp).toMatch(new RegExp(`^fb\\.${dots}\\.${firstSeenSec}000\\.\\d{1,10}$`));
          expect(_gcl_au).toMatch(new RegExp(`^1\\.1\\.\\d{1,10}\\.${firstSeenSec}$`));
          expect(_rdt_uuid).toMatch(
            new RegExp(
              `^${firstSeenSec}000\\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
            ),
          );
        },
      ),
    );
  });

  it('lets nobody tell from one platform what another was given', () => {
    const { _fbp = '', _gcl_au = '' } = deriveBrowserIds(seed, 1);
    expect(_fbp.split('.')[3]).not.toBe(_gcl_au.split('.')[2]);
  });

  it('has the same random part whatever the domain is', () => {
    const random = (dots: number) => deriveBrowserIds(seed, dots)['_fbp']?.split('.')[3];
    expect(random(2)).toBe(random(1));
    expect(deriveBrowserIds(seed, 1)['_fbp']).toBe(deriveFbp(seed));
  });
});

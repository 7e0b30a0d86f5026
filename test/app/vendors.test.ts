import { describe, expect, it } from 'vitest';
import { needsOf, vendorsOf } from '../../src/app/needs.ts';
import { companionVendorsOf } from '../../src/edge/companion-vendors.ts';

const needs = { required: ['analytics_storage'] as const, optional: [] };

describe('the vendor of a destination', () => {
  it('is the number that is known of the platform, which nobody changes', () => {
    expect(needsOf({ type: 'ga4' }).vendor).toEqual({ tcf: 755 });
    expect(needsOf({ type: 'ga4', vendor: { tcf: 1, google: 2 } }).vendor).toEqual({ tcf: 755, google: 2 });
  });

  it('is what the configuration says of a receiver that nothing is known of', () => {
    const entry = { needs: { required: [...needs.required], optional: [] } };
    expect(needsOf({ type: 'webhook', ...entry, vendor: { tcf: 91 } })).toEqual({
      ...needs,
      vendor: { tcf: 91 },
    });
    expect(needsOf({ type: 'webhook', ...entry })).toEqual(needs);
    expect(needsOf({ type: 'meta', vendor: { google: 89 } }).vendor).toEqual({ google: 89 });
  });
});

describe('the vendors that consent strings are read for', () => {
  it('are those of the destinations that are switched on', () => {
    const configured = {
      ga4: { type: 'ga4', enabled: true },
      second: { type: 'ga4', enabled: false, vendor: { google: 5 } },
      ads: { type: 'meta', enabled: true, vendor: { google: 89 } },
      plain: { type: 'meta', enabled: true },
    } as const;
    expect(vendorsOf(configured)).toEqual([{ tcf: 755 }, { google: 89 }]);
  });

  it('are those of the platforms whose cookies are looked after', () => {
    expect(companionVendorsOf({ google: 'set', meta: 'set' })).toEqual([{ tcf: 755 }]);
    expect(companionVendorsOf({})).toEqual([]);
  });
});

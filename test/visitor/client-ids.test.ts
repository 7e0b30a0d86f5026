import { describe, expect, it } from 'vitest';
import { readClientIds } from '../../src/visitor/client-ids.ts';

const cookies = {
  _ga: 'GA1.2.1234567890.1790000000',
  ajs_anonymous_id: '"5f1c-anonymous"',
  _scid: '550e8400-e29b-41d4-a716-446655440000',
  _rdt_uuid: '1700000000000.550e8400-e29b-41d4-a716-446655440000',
  _fbp: 'fb.1.1790000000000.1234567890',
  _fbc: 'fb.1.1790000000000.IwAR0_-abc',
  _ttp: '2abcDEF',
  ttclid: 'E.C.P.abc',
  _uetvid: '00112233445566778899aabbccddeeff',
  li_fat_id: '550e8400-e29b-41d4-a716-446655440000',
  _epik: 'dj0yJnU9abc',
  sid: 'canary',
};

describe('readClientIds', () => {
  it("reads every tool's id where everything is granted, and no other cookie", () => {
    expect(readClientIds(cookies, () => true)).toEqual({
      ga: '1234567890.1790000000',
      segment: '5f1c-anonymous',
      scid: cookies._scid,
      rdt_uuid: cookies._rdt_uuid,
      fbp: cookies._fbp,
      fbc: cookies._fbc,
      ttp: cookies._ttp,
      ttclid: cookies.ttclid,
      uetvid: cookies._uetvid,
      li_fat_id: cookies.li_fat_id,
      epik: cookies._epik,
    });
  });

  it('reads each id only under the consent that it hangs on', () => {
    expect(Object.keys(readClientIds(cookies, (type) => type === 'analytics_storage'))).toEqual([
      'ga',
      'segment',
    ]);
    expect(Object.keys(readClientIds(cookies, (type) => type === 'ad_storage'))).toEqual([
      'scid',
      'rdt_uuid',
      'fbp',
      'fbc',
      'ttp',
      'ttclid',
      'uetvid',
      'li_fat_id',
      'epik',
    ]);
    expect(readClientIds(cookies, () => false)).toEqual({});
  });

  it.each([
    ['_scid', 'not-a-uuid', undefined],
    ['_rdt_uuid', '550e8400-e29b-41d4-a716-446655440000', undefined],
    ['_rdt_uuid', '1700000000.550e8400-e29b-41d4-a716-446655440000', undefined],
    ['_ga', 'GA1.1.7.1790000000', '7.1790000000'],
    ['_ga', 'GA1.3-2.555.1790000000', '555.1790000000'],
    ['_ga', 'GA1.1.abc', undefined],
    ['_ga', '', undefined],
    ['_fbp', 'fb.1.1790000000000.123.Bg', 'fb.1.1790000000000.123.Bg'],
    ['_fbp', 'fb.1.x.123', undefined],
    ['_fbp', 'fb.1.1790000000000.<script>', undefined],
    ['_fbc', 'fb.1.1790000000000.', undefined],
    ['_ttp', 'x'.repeat(257), undefined],
    ['_uetvid', 'not-hex', undefined],
    ['li_fat_id', '', undefined],
    ['ajs_anonymous_id', '""', undefined],
    ['ajs_anonymous_id', 'x'.repeat(256), 'x'.repeat(256)],
  ])('reads %s=%j as %j', (cookie, value, id) => {
    expect(Object.values(readClientIds({ [cookie]: value }, () => true))).toEqual(
      id === undefined ? [] : [id],
    );
  });
});

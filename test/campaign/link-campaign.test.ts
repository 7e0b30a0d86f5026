import { describe, expect, it } from 'vitest';
import { campaignToLink, hasCampaign } from '../../src/campaign/link-campaign.ts';
import { shippedParameters } from '../../src/campaign/parameters.ts';

const address =
  'https://shop.example/?utm_term=lamp&UTM_Source=news&utm_medium=email&utm_campaign=spring&utm_id=7' +
  '&gad_campaignid=12&gclid=TEST-GCLID-1234&fbclid=TEST-FBCLID-1234&_gl=1*abc&email=ada%40example.com&color=red';

const labels = [
  ['utm_source', 'news'],
  ['utm_medium', 'email'],
  ['utm_campaign', 'spring'],
  ['utm_id', '7'],
  ['utm_term', 'lamp'],
  ['gad_campaignid', '12'],
];

describe("a page's campaign that travels with a link", () => {
  it('is click ids first, then what names the source, then the details, and nothing else of the address', () => {
    expect(campaignToLink(address, shippedParameters, 'labels_and_click_ids')).toEqual([
      ['gclid', 'TEST-GCLID-1234'],
      ['fbclid', 'TEST-FBCLID-1234'],
      ...labels,
    ]);
  });

  it('has no click id without the consent for it', () => {
    expect(campaignToLink(address, shippedParameters, 'labels')).toEqual(labels);
  });

  it.each([
    ['https://shop.example/', false],
    ['https://shop.example/?color=red&_gl=1*abc', false],
    ['https://shop.example/?utm_source=news', true],
    ['https://shop.example/?gclid=TEST-GCLID-1234', true],
    ['not an address', false],
  ])('is there in %s: %s', (url, expected) => {
    expect(hasCampaign(url, shippedParameters)).toBe(expected);
  });
});

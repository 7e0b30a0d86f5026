import { describe, expect, it } from 'vitest';
import { channelOf } from '../../src/campaign/channel.ts';

type Row = readonly [source: string, medium: string, campaign: string, channel: string];

const rules: readonly Row[] = [
  ['(direct)', '(none)', '', 'Direct'],
  ['(direct)', '(not set)', '', 'Direct'],
  ['', '', '', 'Direct'],
  ['google', 'cpc', 'pmax cross-network 1', 'Cross-network'],
  ['amazon', 'cpc', '', 'Paid Shopping'],
  ['newsite', 'cpc', 'spring shopping', 'Paid Shopping'],
  ['google', 'cpc', 'brand', 'Paid Search'],
  ['facebook', 'paid_social', '', 'Paid Social'],
  ['youtube.com', 'cpv', '', 'Paid Video'],
  ['partner', 'banner', '', 'Display'],
  ['partner', 'expandable', '', 'Display'],
  ['partner', 'interstitial', '', 'Display'],
  ['partner', 'retargeting', '', 'Paid Other'],
  ['etsy.com', 'referral', '', 'Organic Shopping'],
  ['partner', 'blog', 'eshop', 'Organic Shopping'],
  ['linkedin', 'referral', '', 'Organic Social'],
  ['partner', 'social network', '', 'Organic Social'],
  ['vimeo', 'referral', '', 'Organic Video'],
  ['partner', 'instream-video-1', '', 'Organic Video'],
  ['chatgpt.com', 'ai-assistant', '', 'AI Assistant'],
  ['bing', 'organic', '', 'Organic Search'],
  ['partner', 'organic', '', 'Organic Search'],
  ['blog.example', 'referral', '', 'Referral'],
  ['blog.example', 'app', '', 'Referral'],
  ['blog.example', 'link', '', 'Referral'],
  ['newsletter', 'email', '', 'Email'],
  ['e-mail', 'march', '', 'Email'],
  ['partner', 'affiliate', '', 'Affiliates'],
  ['podcast', 'audio', '', 'Audio'],
  ['sms', 'reminder', '', 'SMS'],
  ['crm', 'sms', '', 'SMS'],
  ['crm', 'web-push', '', 'Mobile Push Notifications'],
  ['crm', 'mobile_app', '', 'Mobile Push Notifications'],
  ['crm', 'notification-2', '', 'Mobile Push Notifications'],
  ['firebase', 'crm', '', 'Mobile Push Notifications'],
  ['partner', '(not set)', '', 'Unassigned'],
];

const traps: readonly (readonly [why: string, ...row: Row])[] = [
  ['cpm is a paid medium for a listed source', 'google', 'cpm', '', 'Paid Search'],
  ['cpm of an unknown source is Display, which comes before Paid Other', 'partner', 'cpm', '', 'Display'],
  ['display of a search engine is Display: the medium is not a paid one', 'google', 'display', '', 'Display'],
  ['cpa is paid', 'partner', 'cpa', '', 'Paid Other'],
  ['cpl is paid', 'partner', 'cpl', '', 'Paid Other'],
  ['paidsearch is paid', 'google', 'paidsearch', '', 'Paid Search'],
  ['ppc has to stand alone', 'partner', 'ppc-brand', '', 'Unassigned'],
  [
    'ppc-brand of a search engine is not paid, and still that engine',
    'google',
    'ppc-brand',
    '',
    'Organic Search',
  ],
  ['display_ad is no display medium', 'partner', 'display_ad', '', 'Unassigned'],
  ['a workshop is not a shop', 'partner', 'referral', 'workshop-2026', 'Referral'],
  ['my-shop is a shop', 'partner', 'referral', 'my-shop', 'Organic Shopping'],
  ['shop at the beginning is a shop', 'partner', 'referral', 'shop', 'Organic Shopping'],
  ['a newsletter medium is no e-mail medium', 'newsletter', 'newsletter', '', 'Unassigned'],
  ['letter case does not matter', 'Newsletter', 'Email', '', 'Email'],
  ['letter case of the source does not matter', 'GOOGLE', 'CPC', 'Brand', 'Paid Search'],
  ['affiliates is not affiliate', 'partner', 'affiliates', '', 'Unassigned'],
  ['an assistant that tags its links without a medium', 'chatgpt.com', '(not set)', '', 'AI Assistant'],
  ['an assistant by its short name', 'perplexity', '(not set)', '', 'AI Assistant'],
  ['an assistant tagged as a referral stays what GA4 makes of it', 'chatgpt.com', 'referral', '', 'Referral'],
  [
    'an assistant of a search engine is not that engine',
    'gemini.google.com',
    '(not set)',
    '',
    'AI Assistant',
  ],
  ['a paid link from an assistant is paid', 'openai', 'cpc', '', 'Paid Other'],
  ['a payment page is no shop', 'checkout.stripe.com', 'referral', '', 'Referral'],
  ['a host counts as its platform', 'm.facebook.com', 'referral', '', 'Organic Social'],
  ['a host that only looks like one does not', 'facebook.com.example', 'referral', '', 'Referral'],
];

describe('channelOf', () => {
  it.each(rules)('puts %s / %s / "%s" into %s', (source, medium, campaign, channel) => {
    expect(channelOf({ source, medium, campaign })).toBe(channel);
  });

  it.each(traps)('%s', (_why, source, medium, campaign, channel) => {
    expect(channelOf({ source, medium, campaign })).toBe(channel);
  });

  it('does without a campaign', () => {
    expect(channelOf({ source: 'google', medium: 'cpc' })).toBe('Paid Search');
  });
});

import { describe, expect, it } from 'vitest';
import { keepPermitted } from '../../src/contract/storable.ts';
import { type ConsentType, consentTypes } from '../../src/model/consent.ts';
import { typesCarriedAway } from '../../src/rules/consent-bound.ts';
import { readPath } from '../../src/rules/map.ts';
import { eventOf, purchase } from './events.ts';

const full = eventOf({
  ...purchase,
  client: { ...purchase.client, userAgent: 'x', screen: '1x1', browserVersion: '1' },
});
const policy = { keepIp: true, plainParameters: new Set<string>(), clickIdParameters: new Set(['gclid']) };

function without(type: ConsentType) {
  const types = { ...full.consent.types, [type]: { granted: false, basis: 'signal' as const, by: 'test' } };
  return keepPermitted({ ...full, consent: { ...full.consent, types } }, policy);
}

const places = [
  'visitor.key',
  'session.id',
  'properties.plan',
  'commerce.transactionId',
  'client.userAgent',
  'client.screen',
  'client.browserVersion',
  'client.ip',
  'user.emails',
  'campaign.session.clickIds.gclid',
  'commerce.value',
  'client.country',
  'page.title',
];

describe('what hangs on a consent type', () => {
  it.each(places)('is for %s what the gate leaves out without it', (place) => {
    const path = place.split('.');
    expect(readPath(full, path)).toBeDefined();
    const leftOut = consentTypes.filter((type) => readPath(without(type), path) === undefined);
    expect(typesCarriedAway([path], ['page', 'title'])).toEqual(leftOut);
  });
});

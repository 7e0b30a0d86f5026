import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gate, type Permit } from '../../src/contract/permit.ts';
import { type ConsentType, consentTypes } from '../../src/model/consent.ts';
import type { Event } from '../../src/model/event.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import {
  canaries,
  canaryEvent,
  classes,
  clickAddresses,
  consentOf,
  holds,
  policy,
  someTypes,
} from './canaries.ts';

const all: readonly ConsentType[] = consentTypes;
const address = clickAddresses[0] ?? '';

function permitOf(
  event: Event,
  required: readonly ConsentType[],
  optional: readonly ConsentType[] = [],
): Permit {
  const permit = gate(event, 'ads', { required, optional }, policy);
  if (isRefusal(permit)) throw new Error(permit.message);
  return permit;
}

const textOf = (permit: Permit): string => JSON.stringify(permit.event);

describe('the gate', () => {
  it('grants exactly where every required type is granted', () => {
    fc.assert(
      fc.property(someTypes, someTypes, someTypes, (granted, required, optional) => {
        const permit = gate(canaryEvent(consentOf(granted), address), 'ads', { required, optional }, policy);
        expect(isRefusal(permit)).toBe(required.some((type) => !granted.includes(type)));
      }),
      { numRuns: 300 },
    );
  });

  it('gives nothing of a class that was not both granted and asked for', () => {
    fc.assert(
      fc.property(someTypes, someTypes, fc.constantFrom(...clickAddresses), (granted, asked, from) => {
        const event = canaryEvent(consentOf(granted), from);
        const required = asked.filter((type) => granted.includes(type));
        const text = textOf(permitOf(event, required, asked));
        for (const type of classes) {
          const mayHave = granted.includes(type) && asked.includes(type);
          if (!mayHave) expect([type, holds(text, canaries[type])]).toEqual([type, false]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('gives what is granted and asked for', () => {
    const text = textOf(permitOf(canaryEvent(consentOf(all), address), all));
    for (const type of classes) expect(holds(text, canaries[type])).toBe(true);
  });

  it('includes optional fields where they are granted, and lets the rest through without them', () => {
    const event = canaryEvent(consentOf(['analytics_storage']), address);
    const permit = permitOf(event, ['analytics_storage'], ['ad_user_data']);
    expect(permit.event.visitor?.key).toBe(canaries.analytics_storage);
    expect(permit.event.user).toBeUndefined();
  });

  const granted = { granted: true, basis: 'signal', by: 'test' } as const;
  const denied = { granted: false, basis: 'signal', by: 'test' } as const;
  const pageDefault = { granted: false, basis: 'page_default', by: 'test' } as const;
  const regionDefault = { granted: false, basis: 'region_default', by: 'test' } as const;

  it.each([
    { storage: granted, data: granted, refused: undefined },
    { storage: denied, data: granted, refused: 'consent_denied' },
    { storage: pageDefault, data: granted, refused: 'consent_undecided' },
    { storage: granted, data: regionDefault, refused: 'consent_undecided' },
    { storage: pageDefault, data: regionDefault, refused: 'consent_undecided' },
    { storage: denied, data: regionDefault, refused: 'consent_denied' },
    { storage: pageDefault, data: denied, refused: 'consent_denied' },
  ])('refuses as $refused with ad_storage $storage and ad_user_data $data', ({ storage, data, refused }) => {
    const { types, ...consent } = consentOf(all);
    const both = { ...consent, types: { ...types, ad_storage: storage, ad_user_data: data } };
    const needs = { required: ['ad_storage', 'ad_user_data'], optional: [] } as const;
    const found = gate(canaryEvent(both, address), 'ads', needs, policy);
    expect(isRefusal(found) ? found.refused : undefined).toBe(refused);
  });

  it('names the missing types and what decided on them, and no values', () => {
    const event = canaryEvent(consentOf([], 'region_default'), address);
    expect(gate(event, 'ads', { required: ['ad_storage'], optional: [] }, policy)).toEqual({
      refused: 'consent_undecided',
      message: 'ads needs ad_storage',
      facts: { missing: ['ad_storage: region_default'] },
    });
  });
});

describe('a permit', () => {
  it('names its destination and holds the whole consent', () => {
    const event = canaryEvent(consentOf(all), address);
    const permit = permitOf(event, []);
    expect(permit.destination).toBe('ads');
    expect(permit.event.consent).toEqual(event.consent);
  });

  it('is never stored: its JSON is empty of the event', () => {
    expect(JSON.stringify(permitOf(canaryEvent(consentOf(all), address), all))).toBe('{"destination":"ads"}');
  });

  it('leaves the event itself as it was', () => {
    const event = canaryEvent(consentOf(all), address);
    const before = structuredClone(event);
    permitOf(event, []);
    expect(event).toEqual(before);
  });

  it('links the events of one page life only for who may have analytics', () => {
    const event = canaryEvent(consentOf(all), address);
    expect(permitOf(event, []).event.page?.loadId).toBeUndefined();
    expect(permitOf(event, ['analytics_storage']).event.page?.loadId).toBe('load-1');
  });

  it('holds no click id that a rule copied to another field, for a destination without ad_storage', () => {
    const event = canaryEvent(consentOf(all), 'https://shop.example/p?size=m&gclid=ClickCanary9d1');
    const copied: Event = {
      ...event,
      name: event.page?.url ?? '',
      page: { ...event.page, title: event.page?.url ?? '' },
      commerce: { ...event.commerce, coupon: 'ClickCanary9d1' },
      properties: { landing: event.page?.url ?? '', part: 'x ClickCanary9d1 y', size: 'm' },
    };
    const { event: permitted } = permitOf(copied, ['analytics_storage']);
    expect(permitted).toMatchObject({
      page: { url: 'https://shop.example/p?size=m', title: 'https://shop.example/p?size=m' },
      properties: { landing: 'https://shop.example/p?size=m', size: 'm' },
    });
    expect(JSON.stringify(permitted)).not.toContain('ClickCanary9d1');
    expect(JSON.stringify(permitOf(copied, ['analytics_storage', 'ad_storage']).event)).toContain(
      'ClickCanary9d1',
    );
  });
});

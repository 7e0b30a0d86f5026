import { describe, expect, it } from 'vitest';
import { gate } from '../../src/contract/permit.ts';
import { destinations } from '../../src/destinations/index.ts';
import type { Event } from '../../src/model/event.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { bindGolden, goldenOf } from './golden.ts';

const policy = { plainParameters: new Set<string>(), clickIdParameters: new Set<string>() };

const denied = { granted: false, basis: 'signal', by: 'gpc', isOptOut: true } as const;

/** A permit as the gate gives it where a platform's flag covers the state of a visitor who opted out. */
function restrictedBuild(name: string) {
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) throw new Error(`there is no destination ${name}`);
  const golden = goldenOf(name);
  const bound = bindGolden(destination, golden);
  const [event] = golden.cases.flatMap((one) =>
    'event' in one && 'payload' in one.expect ? [one.event] : [],
  );
  if (event === undefined) throw new Error('the golden file has no event that is sent');
  const optedOut: Event = {
    ...event,
    consent: {
      ...event.consent,
      regime: 'opt_out',
      region: 'US-CA',
      optedOut: true,
      types: { ...event.consent.types, ad_user_data: denied, ad_personalization: denied },
    },
  };
  const needs = { ...bound.needs, restrictedIn: destination.restrictedIn ?? [] };
  const permit = gate(optedOut, name, needs, policy);
  if (isRefusal(permit)) throw new Error(permit.message);
  return bound.build(permit);
}

describe('a visitor who opted out where the platform takes flagged events', () => {
  it('is sent to TikTok for limited data use', () => {
    expect(restrictedBuild('tiktok')).toMatchObject({ body: { event: 'Purchase', limited_data_use: true } });
  });

  it('is not sent to Pinterest, which needs the contact data that the opt-out withholds', () => {
    expect(restrictedBuild('pinterest')).toMatchObject({ refused: 'build_refused' });
  });
});

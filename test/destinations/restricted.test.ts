import { describe, expect, it } from 'vitest';
import { gate } from '../../src/contract/permit.ts';
import { destinations } from '../../src/destinations/index.ts';
import type { Event } from '../../src/model/event.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { bindGolden, goldenOf } from './golden.ts';

const policy = { plainParameters: new Set<string>(), clickIdParameters: new Set<string>() };

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
    consent: { ...event.consent, regime: 'opt_out', region: 'US-CA', optedOut: true },
  };
  const permit = gate(optedOut, name, { required: [], optional: [...bound.needs.required] }, policy);
  if (isRefusal(permit)) throw new Error(permit.message);
  return bound.build(Object.assign(permit, { isRestricted: true }));
}

describe('a visitor who opted out where the platform takes flagged events', () => {
  it('is sent to TikTok for limited data use', () => {
    expect(restrictedBuild('tiktok')).toMatchObject({ body: { event: 'Purchase', limited_data_use: true } });
  });

  it('is sent to Pinterest for limited data processing', () => {
    expect(restrictedBuild('pinterest')).toMatchObject({
      body: { event_name: 'checkout', opt_out: true, custom_data: { opt_out_type: 'LDP' } },
    });
  });
});

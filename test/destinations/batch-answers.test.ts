import { describe, expect, it } from 'vitest';
import type { Answer, Payload } from '../../src/contract/destination.ts';
import { destinations } from '../../src/destinations/index.ts';
import { bindGolden, goldenOf } from './golden.ts';

const sent: readonly Payload[] = ['a', 'b', 'c'].map((name) => ({
  eventId: `evt-${name}`,
  occurredAtMs: 0,
  body: { user_id: `user-${name}`, device_id: `device-${name}` },
}));

function answered(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: 'answered', status, headers, body: JSON.stringify(body) };
}

function judge(name: string, answer: Answer): readonly unknown[] {
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) throw new Error(`no destination ${name}`);
  return bindGolden(destination, goldenOf(name)).judge(answer, sent);
}

const others = { kind: 'retry', message: 'HTTP 400 for other events of the request' };
const alone = { kind: 'retry', message: 'HTTP 400' };

describe('a batch that Amplitude refuses', () => {
  it('loses the events that it names, and the others go again', () => {
    const answer = answered(400, {
      code: 400,
      error: 'bad',
      events_with_invalid_fields: { time: [0] },
      events_with_invalid_id_lengths: { user_id: [2] },
    });
    expect(judge('amplitude', answer)).toEqual([
      { kind: 'rejected', message: 'HTTP 400, invalid time' },
      others,
      { kind: 'rejected', message: 'HTTP 400, wrong length of user_id' },
    ]);
  });

  it('loses an event of a blocked device', () => {
    expect(judge('amplitude', answered(400, { silenced_events: [1] }))).toEqual([
      others,
      { kind: 'rejected', message: 'HTTP 400, the device is blocked in the project' },
      others,
    ]);
  });

  it('goes again one by one where it names no event', () => {
    expect(judge('amplitude', answered(400, {}))).toEqual([alone, alone, alone]);
  });

  it('does not believe places that the request does not have', () => {
    expect(judge('amplitude', answered(400, { silenced_events: [-1, 1.5, 'x'] }))).toEqual([
      alone,
      alone,
      alone,
    ]);
  });

  it('keeps what is throttled for half a minute and what has used up its quota for an hour', () => {
    const answer = answered(429, {
      code: 429,
      throttled_events: [0],
      exceeded_daily_quota_devices: { 'device-c': 500_001 },
    });
    expect(judge('amplitude', answer)).toEqual([
      { kind: 'retry', message: 'HTTP 429', afterMs: 30_000 },
      { kind: 'retry', message: 'HTTP 429' },
      { kind: 'retry', message: 'HTTP 429, the daily quota is used up', afterMs: 3_600_000 },
    ]);
  });
});

describe('a batch that Mixpanel refuses in part', () => {
  it('loses the records that it lists, and the others are in', () => {
    const answer = answered(400, {
      code: 400,
      num_records_imported: 2,
      failed_records: [{ index: 1, insert_id: 'evt-b', field: 'properties.time', message: 'too far ahead' }],
    });
    const delivered = { kind: 'delivered', note: 'HTTP 400 for other events of the request' };
    expect(judge('mixpanel', answer)).toEqual([
      delivered,
      { kind: 'rejected', message: 'HTTP 400: too far ahead' },
      delivered,
    ]);
  });

  it('goes again one by one where it lists no record', () => {
    const bad = { kind: 'retry', message: 'HTTP 400: not JSON' };
    expect(judge('mixpanel', answered(400, { error: 'not JSON' }))).toEqual([bad, bad, bad]);
  });
});

describe('a batch that is too large', () => {
  it.each(['amplitude', 'mixpanel', 'posthog'])('goes to %s again in smaller ones', (name) => {
    expect(judge(name, answered(413, {}))).toMatchObject([
      { kind: 'retry' },
      { kind: 'retry' },
      { kind: 'retry' },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { Touch } from '../../src/model/touch.ts';
import { makeEvent } from '../../src/rules/test-event.ts';
import { type Comparison, createComparison } from '../../src/session/compare.ts';
import { sessionConfigSchema } from '../../src/session/definition.ts';
import { toInput } from '../../src/session/input.ts';
import { type PresetName, presetNames, presets } from '../../src/session/presets.ts';
import { define, direct, run, touch } from './stream.ts';

const config = sessionConfigSchema.parse({});
const base = Date.parse('2026-03-10T23:30:00Z');

interface Seen {
  /** Seconds from the base. */
  readonly t: number;
  readonly visitor?: string;
  readonly touch?: Touch;
}

function eventOf({ t, visitor = 'v1', touch: brought }: Seen): Event {
  const atMs = base + t * 1000;
  const made = makeEvent({ name: 'page_view' });
  return {
    ...(made.ok ? made.event : expect.fail('no event')),
    occurredAtMs: atMs,
    receivedAtMs: atMs,
    sentBy: 'browser',
    visitor: { key: visitor, isNew: false, firstSeenAtMs: atMs, clientIds: {} },
    campaign: brought === undefined ? {} : { touch: { ...brought, atMs } },
  };
}

function compare(names: readonly PresetName[], seen: readonly Seen[], timeZone = 'UTC'): Comparison {
  const definitions = names.map((name) => ({ name, settings: presets[name].settings }));
  const comparison = createComparison(definitions, { ...config, timeZone });
  for (const one of seen) comparison.add(eventOf(one));
  return comparison.result();
}

const spring = touch(0, { campaign: 'spring' });
const march = touch(0, { source: 'newsletter', medium: 'email', campaign: 'march', channel: 'Email' });
const evening: readonly Seen[] = [
  { t: 0, touch: spring },
  { t: 600 },
  { t: 1500, touch: march },
  { t: 2400 },
  { t: 4200 },
  { t: 6100 },
];

describe('the same evening under several definitions', () => {
  it.each([
    ['throughline', 2],
    ['ga4', 2],
    ['ua', 5],
    ['matomo', 5],
    ['adobe', 2],
    ['posthog', 2],
    ['mixpanel', 3],
    ['piwik-pro', 3],
    ['snowplow', 2],
    ['amplitude', 2],
  ] as const)('%s counts %i sessions', (name, count) => {
    expect(compare([name, 'throughline'], evening).totals[0]).toBe(count);
  });

  it('names each reason for the difference, and they add up', () => {
    expect(compare(['ga4', 'ua'], evening).bridges).toEqual([
      {
        from: 'ga4',
        to: 'ua',
        steps: [
          { step: 'campaign', change: 1 },
          { step: 'midnight', change: 1 },
          { step: 'timeout', change: 1 },
          { step: 'heartbeats', change: 0 },
        ],
      },
    ]);
  });

  it('counts a session on the day it began, in the time zone asked for', () => {
    const days = (timeZone: string) => {
      const { rows } = compare(['ga4'], evening, timeZone);
      return rows.map(({ day, counts }) => [day, ...counts]);
    };
    expect(days('UTC')).toEqual([
      ['2026-03-10', 1],
      ['2026-03-11', 1],
    ]);
    // One paid and one direct, now on the same day.
    expect(days('America/New_York')).toEqual([
      ['2026-03-10', 1],
      ['2026-03-10', 1],
    ]);
  });

  it('leaves out bots, and events that consent left without a visitor', () => {
    const comparison = createComparison([{ name: 'ga4', settings: presets.ga4.settings }], {
      ...config,
      timeZone: 'UTC',
    });
    const { visitor: _visitor, ...anonymous } = eventOf({ t: 0 });
    comparison.add(anonymous);
    const bot = eventOf({ t: 0 });
    comparison.add({ ...bot, client: { ...bot.client, isBot: true } });
    expect(comparison.result().totals).toEqual([0]);
  });
});

describe("a session's channel", () => {
  it("is the visitor's last source where the definition looks back, and direct where it does not", () => {
    const return_: readonly Seen[] = [
      { t: 0, touch: march },
      { t: 90_000, touch: direct(0) },
    ];
    const rows = compare(['throughline', 'ga4'], return_).rows;
    expect(rows.map(({ channel, counts }) => [channel, ...counts])).toEqual([
      ['Email', 1, 1],
      ['Direct', 1, 0],
      ['Email', 0, 1],
    ]);
  });
});

describe('any stream', () => {
  const touches = fc.constantFrom(undefined, spring, march, direct(0));
  const stream = fc.array(
    fc.record({
      gap: fc.constantFrom(0, 1, 60, 1799, 1800, 1801, 40_000, 90_000),
      visitor: fc.constantFrom('v1', 'v2'),
      brought: touches,
    }),
    { maxLength: 60 },
  );
  const seenOf = (gaps: readonly { gap: number; visitor: string; brought: Touch | undefined }[]): Seen[] => {
    let t = 0;
    return gaps.map(({ gap, visitor, brought }) => {
      t += gap;
      return { t, visitor, ...(brought !== undefined && { touch: brought }) };
    });
  };

  it('has the sessions that the pipeline would make of it', () => {
    fc.assert(
      fc.property(stream, fc.constantFrom(...presetNames), (gaps, name) => {
        const seen = seenOf(gaps);
        const definition = define({ preset: name });
        const made = ['v1', 'v2'].map((visitor) => {
          const own = seen.filter((one) => one.visitor === visitor).map(eventOf);
          return run(
            own.map((event) => toInput(event, visitor, definition)),
            definition,
          ).sessions.length;
        });
        expect(compare([name, 'ga4'], seen).totals[0]).toBe(made.reduce((a, b) => a + b, 0));
      }),
    );
  });

  it('has bridges that add up to the difference, and rows that add up to the totals', () => {
    fc.assert(
      fc.property(
        stream,
        fc.shuffledSubarray([...presetNames], { minLength: 2, maxLength: 4 }),
        (gaps, names) => {
          const { totals, rows, bridges } = compare(names, seenOf(gaps));
          const sums = names.map((_, index) =>
            rows.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
          );
          expect(sums).toEqual(totals);
          bridges.forEach(({ steps }, index) => {
            const change = steps.reduce((sum, step) => sum + step.change, 0);
            expect((totals[0] ?? 0) + change).toBe(totals[index + 1]);
          });
        },
      ),
    );
  });
});

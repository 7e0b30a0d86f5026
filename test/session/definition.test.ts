import { describe, expect, it } from 'vitest';
import { classOf } from '../../src/session/classes.ts';
import { sessionConfigSchema } from '../../src/session/definition.ts';
import { isEngaged } from '../../src/session/engaged.ts';
import { define } from './stream.ts';

describe('the definition', () => {
  it('is 30 minutes, a day at most and no split at midnight where nothing is configured', () => {
    expect(define()).toEqual({
      timeoutMs: 1_800_000,
      timeoutEdge: 'continues',
      maxMs: 86_400_000,
      maxEvents: Number.POSITIVE_INFINITY,
      allowedLatenessMs: 86_400_000,
      campaign: {
        change: 'continue',
        key: new Set(['source', 'medium', 'campaign', 'content', 'term', 'id', 'clickId']),
        letterCase: 'ignored',
        directStart: 'splits',
      },
      userChange: 'split',
      heartbeats: 'ignore',
      attribution: 'session',
      lookBackMs: 90 * 86_400_000,
      isSameDay: undefined,
      engaged: { engagementMs: 10_000, views: 2 },
      keyEvents: new Set(['purchase', 'generate_lead', 'sign_up']),
    });
  });

  it.each([
    ['a timeout longer than GA4 allows', { timeoutMinutes: 476 }],
    ['no timeout', { timeoutMinutes: 0 }],
    ['a lateness that client times are not believed for', { allowedLatenessHours: 73 }],
    ['a time zone that does not exist', { midnight: 'Europe/Atlantis' }],
    ['an empty time zone', { midnight: '' }],
    ['a misspelt key', { timeoutMinute: 30 }],
    ['a misspelt key of engaged', { engaged: { second: 10 } }],
  ])('refuses %s', (_title, config) => {
    expect(sessionConfigSchema.safeParse(config).success).toBe(false);
  });
});

describe('the calendar day', () => {
  const table: [title: string, zone: string, a: string, b: string, isSame: boolean][] = [
    ['one second over UTC midnight', 'UTC', '2026-03-10T23:59:59Z', '2026-03-11T00:00:00Z', false],
    ['a whole UTC day', 'UTC', '2026-03-10T00:00:00Z', '2026-03-10T23:59:59.999Z', true],
    [
      'UTC midnight in Los Angeles',
      'America/Los_Angeles',
      '2026-03-10T23:50:00Z',
      '2026-03-11T00:05:00Z',
      true,
    ],
    [
      'New York after its clocks went back',
      'America/New_York',
      '2026-11-02T04:55:00Z',
      '2026-11-02T05:05:00Z',
      false,
    ],
    ['New York the day before', 'America/New_York', '2026-11-01T04:55:00Z', '2026-11-01T05:05:00Z', true],
    [
      'a zone 45 minutes off the hour',
      'Asia/Kathmandu',
      '2026-03-10T18:14:59Z',
      '2026-03-10T18:15:00Z',
      false,
    ],
    ['the same time of two days', 'UTC', '2026-03-10T10:00:00Z', '2026-03-11T10:00:00Z', false],
    ['the same date of two years', 'UTC', '2025-03-10T10:00:00Z', '2026-03-10T10:00:00Z', false],
  ];
  it.each(table)('%s', (_title, midnight, a, b, isSame) => {
    const { isSameDay } = define({ midnight });
    expect(isSameDay?.(Date.parse(a), Date.parse(b))).toBe(isSame);
    expect(isSameDay?.(Date.parse(b), Date.parse(a))).toBe(isSame);
  });
});

describe('the class of an event', () => {
  it.each([
    ['page_view', 'browser', 'interactive'],
    ['page_view', 'gateway', 'interactive'],
    ['scroll', 'browser', 'interactive'],
    ['consent_update', 'browser', 'interactive'],
    ['identify', 'browser', 'interactive'],
    ['anything_else', 'browser', 'interactive'],
    ['__proto__', 'browser', 'interactive'],
    ['user_engagement', 'browser', 'heartbeat'],
    ['page_ping', 'browser', 'heartbeat'],
    ['app_background', 'browser', 'heartbeat'],
    ['purchase', 'server', 'server'],
    ['user_engagement', 'server', 'server'],
  ] as const)('%s of a %s is %s', (name, sentBy, expected) => {
    expect(classOf(name, sentBy)).toBe(expected);
  });
});

describe('an engaged session', () => {
  const table: [title: string, engagementMs: number, views: number, keyEvents: number, expected: boolean][] =
    [
      ['one view and no time is not', 0, 1, 0, false],
      ['a millisecond short of the time is not', 9_999, 1, 0, false],
      ['exactly the time is', 10_000, 1, 0, true],
      ['a second view is', 900, 2, 0, true],
      ['a key event is', 0, 0, 1, true],
    ];
  it.each(table)('%s', (_title, engagementMs, views, keyEvents, expected) => {
    const counts = { events: 1, views, keyEvents };
    expect(isEngaged({ engagementMs, counts }, define())).toBe(expected);
  });

  it('goes by the configured time and views', () => {
    const definition = define({ engaged: { seconds: 60, views: 3 } });
    const counts = { events: 2, views: 2, keyEvents: 0 };
    expect(isEngaged({ engagementMs: 45_000, counts }, definition)).toBe(false);
    expect(isEngaged({ engagementMs: 60_000, counts }, definition)).toBe(true);
  });
});

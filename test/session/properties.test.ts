import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionInput } from '../../src/session/transition.ts';
import { baseMs, define, direct, hourMs, input, minuteMs, run, touch } from './stream.ts';

const config = fc.record({
  timeoutMinutes: fc.constantFrom(5, 30, 120),
  maxHours: fc.constantFrom(1, 2, 24),
  midnight: fc.constantFrom('none', 'UTC', 'America/New_York'),
  campaignChange: fc.constantFrom('continue', 'split'),
});

const event = fc.record({
  minutes: fc.integer({ min: 0, max: 30 * 60 }),
  delayMinutes: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 26 * 60 })),
  class: fc.constantFrom('interactive', 'interactive', 'interactive', 'heartbeat', 'server' as const),
  isKeyEvent: fc.boolean(),
  source: fc.constantFrom(undefined, 'direct', 'google', 'bing'),
  userId: fc.constantFrom(undefined, undefined, 'u7', 'u8'),
});

type Drawn = typeof event extends fc.Arbitrary<infer T> ? T : never;

function toInput({ minutes, delayMinutes, source, userId, ...rest }: Drawn): SessionInput {
  const atMs = baseMs + minutes * minuteMs;
  const seen = source === 'direct' ? direct(atMs) : touch(atMs, { source: source ?? '' });
  return input(atMs, {
    ...rest,
    receivedAtMs: atMs + delayMinutes * minuteMs,
    engagementMs: 1000,
    ...(source !== undefined && { touch: seen }),
    ...(userId !== undefined && { userId }),
  });
}

/** Events in the order they are received, which is not the order they happened in. */
const stream = fc
  .array(event, { maxLength: 40 })
  .map((events) => events.map(toInput).sort((a, b) => a.receivedAtMs - b.receivedAtMs));

const isLate = ({ atMs, receivedAtMs }: SessionInput) => receivedAtMs - atMs > 24 * hourMs;

describe('whatever arrives in whatever order', () => {
  it('gives every interactive event that is not late one session, and no late event any', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const { transitions } = run(inputs, define(changes));
        transitions.forEach(({ session, reason }, at) => {
          const one = inputs[at] ?? expect.fail();
          if (isLate(one)) expect(reason).toBe('session_none');
          else if (one.class === 'interactive') expect(session).toBeDefined();
        });
      }),
    );
  });

  it('keeps the sessions of a visitor from overlapping, and each within the longest', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const { sessions } = run(inputs, define(changes));
        const ordered = sessions.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
        ordered.forEach(({ startedAtMs, lastAtMs }, at) => {
          expect(lastAtMs).toBeGreaterThanOrEqual(startedAtMs);
          expect(lastAtMs - startedAtMs).toBeLessThanOrEqual(changes.maxHours * hourMs);
          expect(ordered[at + 1]?.startedAtMs ?? lastAtMs).toBeGreaterThanOrEqual(lastAtMs);
        });
      }),
    );
  });

  it('numbers sessions from 1 without gaps, with an id each, and calls only number 1 the first', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const { transitions, state } = run(inputs, define(changes));
        const started = transitions.flatMap(({ session, reason }) =>
          reason === 'session_started' && session !== undefined ? [session] : [],
        );
        expect(started.map(({ number }) => number)).toEqual(started.map((_session, at) => at + 1));
        expect(new Set(started.map(({ id }) => id)).size).toBe(started.length);
        expect(started.every(({ number, startReason }) => (number === 1) === (startReason === 'first'))).toBe(
          true,
        );
        expect(state?.count ?? 0).toBe(started.length);
      }),
    );
  });

  it('conserves events, key events and engagement time', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const { sessions, transitions } = run(inputs, define(changes));
        const members = inputs.filter((_input, at) => transitions[at]?.session !== undefined);
        const own = members.filter((one) => one.class !== 'server');
        const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
        expect(sum(sessions.map(({ counts }) => counts.events))).toBe(own.length);
        expect(sum(sessions.map(({ engagementMs }) => engagementMs))).toBe(own.length * 1000);
        const keyEvents = members.filter(({ isKeyEvent }) => isKeyEvent).length;
        expect(sum(sessions.map(({ counts }) => counts.keyEvents))).toBe(keyEvents);
      }),
    );
  });

  it('gives equal results when it is replayed, and leaves its input alone', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const before = structuredClone(inputs);
        const first = run(inputs, define(changes));
        expect(run(inputs, define(changes))).toEqual(first);
        expect(inputs).toEqual(before);
      }),
    );
  });

  it('finds the same sessions with and without server events and heartbeats', () => {
    fc.assert(
      fc.property(stream, config, (inputs, changes) => {
        const spans = (list: readonly SessionInput[]) =>
          run(list, define(changes))
            .sessions.map(({ id, startedAtMs, lastAtMs }) => ({ id, startedAtMs, lastAtMs }))
            .sort((a, b) => a.startedAtMs - b.startedAtMs);
        expect(spans(inputs)).toEqual(spans(inputs.filter((one) => one.class === 'interactive')));
      }),
    );
  });
});

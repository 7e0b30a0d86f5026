import { describe, expect, it } from 'vitest';
import { parseVisitorState, type SessionInput, transition } from '../../src/session/transition.ts';
import { baseMs, define, direct, hourMs, input, minuteMs, run, touch } from './stream.ts';

const at = (minutes: number, changes: Partial<SessionInput> = {}) =>
  input(baseMs + minutes * minuteMs, changes);
const late = (minutes: number, receivedMinutes: number, changes: Partial<SessionInput> = {}) =>
  at(minutes, { receivedAtMs: baseMs + receivedMinutes * minuteMs, ...changes });

/** The sessions as minutes from start to last, with why they began, oldest number first. */
const shape = (inputs: readonly SessionInput[], config: unknown = {}) =>
  run(inputs, define(config)).sessions.map(({ startedAtMs, lastAtMs, startReason }) => [
    (startedAtMs - baseMs) / minuteMs,
    (lastAtMs - baseMs) / minuteMs,
    startReason,
  ]);

describe('events in order', () => {
  const email = (minutes: number) => touch(baseMs + minutes * minuteMs, { source: 'news', medium: 'email' });
  const ads = (minutes: number) => touch(baseMs + minutes * minuteMs);
  const table: [
    title: string,
    config: unknown,
    inputs: SessionInput[],
    expected: [number, number, string][],
  ][] = [
    ['a first event begins a session', {}, [at(0)], [[0, 0, 'first']]],
    ['a pause of exactly the timeout continues', {}, [at(0), at(30)], [[0, 30, 'first']]],
    [
      'a longer pause begins another',
      {},
      [at(0), at(30.001)],
      [
        [0, 0, 'first'],
        [30.001, 30.001, 'idle'],
      ],
    ],
    [
      'exactly the longest session continues, more does not',
      { maxHours: 1 },
      [at(0), at(25), at(50), at(60), at(60.001)],
      [
        [0, 60, 'first'],
        [60.001, 60.001, 'max_duration'],
      ],
    ],
    [
      'midnight of the configured zone begins another',
      { midnight: 'America/New_York' },
      [at(17 * 60 + 50), at(18 * 60 - 1), at(18 * 60)],
      [
        [17 * 60 + 50, 18 * 60 - 1, 'first'],
        [18 * 60, 18 * 60, 'midnight'],
      ],
    ],
    ['midnight does not matter by default', {}, [at(839), at(841)], [[839, 841, 'first']]],
    [
      'after a long pause over midnight the reason is the pause',
      { midnight: 'UTC' },
      [at(830), at(870)],
      [
        [830, 830, 'first'],
        [870, 870, 'idle'],
      ],
    ],
    [
      'another source continues by default',
      {},
      [at(0, { touch: ads(0) }), at(5, { touch: email(5) })],
      [[0, 5, 'first']],
    ],
    [
      'another source splits where configured',
      { campaignChange: 'split' },
      [
        at(0, { touch: ads(0) }),
        at(5, { touch: ads(5) }),
        at(6, { touch: direct(baseMs) }),
        at(9, { touch: email(9) }),
      ],
      [
        [0, 6, 'first'],
        [9, 9, 'campaign'],
      ],
    ],
    [
      'a login does not split',
      {},
      [at(0), at(5, { userId: 'u7' }), at(6), at(7, { userId: 'u7' })],
      [[0, 7, 'first']],
    ],
    [
      'another user on the same device splits',
      {},
      [at(0, { userId: 'u7' }), at(5), at(9, { userId: 'u8' })],
      [
        [0, 5, 'first'],
        [9, 9, 'user_change'],
      ],
    ],
    [
      'a new session forgets the user of the one before',
      {},
      [at(0, { userId: 'u7' }), at(60), at(65, { userId: 'u8' })],
      [
        [0, 0, 'first'],
        [60, 65, 'idle'],
      ],
    ],
    [
      'another user in the millisecond of the start does not split: both sessions would have one id',
      {},
      [at(0, { userId: 'u7' }), at(0, { userId: 'u8' })],
      [[0, 0, 'first']],
    ],
  ];
  it.each(table)('%s', (_title, config, inputs, expected) => {
    expect(shape(inputs, config)).toEqual(expected);
  });
});

describe('events out of order', () => {
  const table: [
    title: string,
    config: unknown,
    inputs: SessionInput[],
    expected: [number, number, string][],
  ][] = [
    ['fall into the session around them', {}, [at(0), at(20), late(10, 21)], [[0, 20, 'first']]],
    [
      'fall into an earlier session',
      {},
      [at(0), at(20), at(60), late(10, 61)],
      [
        [60, 60, 'idle'],
        [0, 20, 'first'],
      ],
    ],
    [
      'extend the session before them',
      {},
      [at(0), at(60), late(25, 61)],
      [
        [60, 60, 'idle'],
        [0, 25, 'first'],
      ],
    ],
    ['join the session just after them, which keeps its start', {}, [at(0), late(-10, 1)], [[0, 0, 'first']]],
    [
      'between two sessions and near both go to the earlier',
      {},
      [at(0), at(40), late(20, 41)],
      [
        [40, 40, 'idle'],
        [0, 20, 'first'],
      ],
    ],
    [
      'far from every session get one of their own',
      {},
      [at(0), at(120), late(60, 121)],
      [
        [0, 0, 'first'],
        [120, 120, 'idle'],
        [60, 60, 'idle'],
      ],
    ],
    [
      'before the first session get one of their own',
      {},
      [at(0), late(-60, 1)],
      [
        [0, 0, 'first'],
        [-60, -60, 'idle'],
      ],
    ],
    [
      'do not stretch the session after them beyond the longest',
      { maxHours: 1 },
      [at(0), at(30), at(55), late(-10, 56)],
      [
        [0, 55, 'first'],
        [-10, -10, 'max_duration'],
      ],
    ],
    [
      'are not joined over midnight where it splits',
      { midnight: 'UTC' },
      [at(841), late(839, 842)],
      [
        [841, 841, 'first'],
        [839, 839, 'midnight'],
      ],
    ],
    [
      'do not split by user',
      {},
      [at(0, { userId: 'u7' }), at(20), late(10, 21, { userId: 'u8' }), at(22, { userId: 'u7' })],
      [[0, 22, 'first']],
    ],
    [
      'that are older than every remembered session go to the oldest of them',
      {},
      [at(0), at(60), at(120), at(180), late(-60, 181)],
      [
        [0, 0, 'first'],
        [120, 120, 'idle'],
        [180, 180, 'idle'],
        [60, 60, 'idle'],
      ],
    ],
  ];
  it.each(table)('%s', (_title, config, inputs, expected) => {
    const byStart = (a: (number | string)[], b: (number | string)[]) => Number(a[0]) - Number(b[0]);
    expect(shape(inputs, config).sort(byStart)).toEqual(expected.toSorted(byStart));
  });

  it('say so', () => {
    const { transitions } = run([at(0), at(20), late(10, 21), late(-5, 22), at(23)], define());
    expect(transitions.map(({ reason, why }) => [reason, why?.startsWith('out of order') ?? false])).toEqual([
      ['session_started', false],
      ['session_continued', false],
      ['session_continued', true],
      ['session_continued', true],
      ['session_continued', false],
    ]);
  });

  it('have no session when they come later than allowed', () => {
    const { transitions } = run([at(0), late(10, 24 * 60 + 11), late(10, 24 * 60 + 10)], define());
    expect(transitions.map(({ reason }) => reason)).toEqual([
      'session_started',
      'session_none',
      'session_continued',
    ]);
  });
});

describe('server events', () => {
  const server = (minutes: number, changes: Partial<SessionInput> = {}) =>
    at(minutes, { class: 'server', ...changes });

  it('never begin a session, and leave the visitor without one', () => {
    const { transitions, state } = run([server(0, { isKeyEvent: true })], define());
    expect(transitions[0]).toMatchObject({ reason: 'session_none', session: undefined });
    expect(state).toEqual({ v: 1, count: 0, firstSeenAtMs: baseMs, sessions: [] });
  });

  it('are attached while a session is live, without extending it', () => {
    const { transitions, sessions } = run([at(0), server(30), server(30.001), at(45)], define());
    expect(transitions.map(({ reason }) => reason)).toEqual([
      'session_started',
      'session_attached',
      'session_none',
      'session_started',
    ]);
    expect(sessions[0]).toMatchObject({ lastAtMs: baseMs, counts: { events: 1, views: 1, keyEvents: 0 } });
  });

  it('engage by a key event and by nothing else', () => {
    const busy = { isView: true, engagementMs: hourMs };
    const { transitions } = run([at(0), server(1, busy), server(2, { ...busy, isKeyEvent: true })], define());
    expect(transitions.map(({ session }) => session?.isEngaged)).toEqual([false, false, true]);
    expect(transitions[2]?.session).toMatchObject({
      engagementMs: 0,
      counts: { events: 1, views: 1, keyEvents: 1 },
    });
  });

  it('bring neither a source nor a user', () => {
    const visit = { touch: touch(baseMs), userId: 'u8' };
    const { state } = run([at(0, { userId: 'u7' }), server(1, visit)], define());
    expect(state).toMatchObject({ userId: 'u7' });
    expect(state?.firstTouch).toBeUndefined();
    expect(state?.sessions[0]?.touch).toBeUndefined();
  });
});

describe('heartbeats', () => {
  const beat = (minutes: number, engagementMs: number) =>
    at(minutes, { class: 'heartbeat', isView: false, engagementMs });

  it('add engagement time to the session they fall into, without extending it', () => {
    const { sessions } = run([at(0), beat(20, 6000), beat(29, 4000), at(31)], define());
    expect(
      sessions.map(({ engagementMs, isEngaged, lastAtMs }) => [engagementMs, isEngaged, lastAtMs]),
    ).toEqual([
      [10_000, true, baseMs],
      [0, false, baseMs + 31 * minuteMs],
    ]);
  });

  it('go to the session that was live at their time, not to the newest', () => {
    const { sessions } = run(
      [at(0), at(60), { ...beat(5, 700), receivedAtMs: baseMs + 61 * minuteMs }],
      define(),
    );
    expect(sessions.find(({ number }) => number === 1)?.engagementMs).toBe(700);
    expect(sessions.find(({ number }) => number === 2)?.engagementMs).toBe(0);
  });

  it('never begin a session', () => {
    expect(run([beat(0, 5000)], define()).sessions).toEqual([]);
  });

  it.each([
    ['negative time', -5000, 0],
    ['no number', Number.NaN, 0],
    ['endless time', Number.POSITIVE_INFINITY, 24 * hourMs],
    ['more time than a session can last', 1e15, 24 * hourMs],
  ])('cannot do harm with %s', (_title, engagementMs, expected) => {
    expect(run([at(0), beat(1, engagementMs)], define()).sessions[0]?.engagementMs).toBe(expected);
  });
});

describe('a session', () => {
  it('is written down whole', () => {
    const seen = touch(baseMs);
    const key = {
      isView: false,
      isKeyEvent: true,
      pageUrl: 'https://shop.example/thanks',
      engagementMs: 1200,
    };
    const { transitions, state } = run(
      [
        at(0, { pageUrl: 'https://shop.example/?utm_source=google', touch: seen }),
        at(1, { pageUrl: 'https://shop.example/cart', engagementMs: 9000 }),
        at(2, key),
      ],
      define(),
    );
    const session = {
      id: 'L4u3x15mFzivXyFoVPf1kN',
      number: 1,
      startedAtMs: baseMs,
      lastAtMs: baseMs + 2 * minuteMs,
      isEngaged: true,
      engagementMs: 10_200,
      counts: { events: 3, views: 2, keyEvents: 1 },
      touch: seen,
      entryPage: 'https://shop.example/?utm_source=google',
      exitPage: 'https://shop.example/cart',
      startReason: 'first',
    };
    expect(transitions[0]).toMatchObject({ reason: 'session_started', startReason: 'first' });
    expect(transitions[2]).toMatchObject({ reason: 'session_continued', session });
    expect(state).toEqual({
      v: 1,
      count: 1,
      firstSeenAtMs: baseMs,
      sessions: [session],
      firstTouch: seen,
      lastTouch: seen,
    });
  });

  it('has an id of its site, visitor and start', () => {
    const idOf = (changes: Partial<SessionInput>) =>
      transition(undefined, at(0, changes), define()).session?.id;
    const ids = [idOf({}), idOf({ site: 'blog' }), idOf({ visitorKey: 'v2' }), idOf({ atMs: baseMs - 1 })];
    expect(new Set(ids).size).toBe(4);
    expect(idOf({})).toBe(ids[0]);
    expect(ids.every((id) => id !== undefined && /^[\w-]{22}$/.test(id))).toBe(true);
  });

  it('keeps entry and exit page when views come out of order', () => {
    const page = (path: string) => ({ pageUrl: `https://shop.example/${path}` });
    const { sessions } = run(
      [at(10, page('b')), at(20, page('c')), late(15, 21, page('x')), late(5, 22, page('a'))],
      define(),
    );
    expect(sessions[0]).toMatchObject({ entryPage: page('a').pageUrl, exitPage: page('c').pageUrl });
  });

  it('adopts the first source that comes after a direct start', () => {
    const email = touch(baseMs + 1, { source: 'news', medium: 'email' });
    const { state } = run(
      [at(0, { touch: direct(baseMs) }), at(1, { touch: email }), at(2, { touch: direct(baseMs + 2) })],
      define(),
    );
    expect(state).toMatchObject({ firstTouch: email, lastTouch: email, sessions: [{ touch: email }] });
  });

  it('does not inherit the source of the one before', () => {
    const ads = touch(baseMs);
    const { sessions, state } = run(
      [at(0, { touch: ads }), at(60, { touch: direct(baseMs + hourMs) })],
      define(),
    );
    expect(sessions[1]?.touch?.source).toBe('(direct)');
    expect(state).toMatchObject({ firstTouch: ads, lastTouch: ads });
  });
});

describe('stored state', () => {
  const stored = JSON.stringify(run([at(0, { touch: touch(baseMs) }), at(60)], define()).state);

  it('is read back as it was written', () => {
    expect(JSON.stringify(parseVisitorState(stored))).toBe(stored);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no JSON', '{"v":1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another version', stored.replace('"v":1', '"v":2')],
    ['a missing list of sessions', '{"v":1,"count":0,"firstSeenAtMs":1}'],
    ['a session that is none', '{"v":1,"count":1,"firstSeenAtMs":1,"sessions":[{}]}'],
    ['a time that is none', stored.replace(/"lastAtMs":\d+/, '"lastAtMs":"soon"')],
    ['a touch that is none', stored.replace(/"clickIds":\{\}/, '"clickIds":null')],
  ])('that is %s is no state', (_title, json) => {
    expect(parseVisitorState(json)).toBeUndefined();
  });
});

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../src/contract/destination.ts';
import { logLines } from '../store/store.ts';
import {
  adTouch,
  bound,
  denied,
  eventOf,
  generationOf,
  granted,
  rulesOf,
  startMs,
  startPipeline,
  undecided,
} from './gateway.ts';

const ids = (queued: readonly { readonly eventId: string }[]): readonly string[] =>
  queued.map(({ eventId }) => eventId);

function withBroken(key: string): ReadonlyMap<string, BoundDestination> {
  const good = bound.get(key);
  if (good === undefined) throw new Error(`no ${key}`);
  const broken: BoundDestination = {
    ...good,
    build() {
      throw new TypeError('cannot read visitor-1');
    },
  };
  return new Map([...bound, [key, broken]]);
}

describe('an event with every consent', () => {
  it('begins a session and goes to every destination that a rule names', () => {
    const { take, queued, decisions, event } = startPipeline();
    const { lines, queuedFor } = take(eventOf({}));
    expect(lines).toBe(1);
    expect(queuedFor).toEqual(new Set(['receiver', 'archive', 'meta']));
    expect(decisions('view')).toEqual([
      'session_started',
      'rule_matched everything',
      'rule_matched ads',
      'consent_granted archive',
      'consent_granted meta',
      'consent_granted receiver',
    ]);
    expect(event('view')).toMatchObject({
      session: { number: 1, startedAtMs: startMs, isStart: true, isEngaged: false },
      campaign: { session: { source: 'google', clickIds: adTouch.clickIds }, first: { source: 'google' } },
    });
    const [toReceiver] = queued('receiver');
    expect(toReceiver?.body).toMatchObject({
      data: { id: 'view', session: { number: 1 }, visitor: { key: 'visitor-1' } },
    });
    expect(queued('meta')[0]?.body).toMatchObject({ event_name: 'PageView', event_id: 'view' });
    expect(ids(queued('archive'))).toEqual(['view']);
  });

  it('joins the session of the event before it, with the click id that began it', () => {
    const { take, queued, event } = startPipeline();
    take(
      eventOf({}),
      eventOf({
        id: 'order',
        name: 'purchase',
        occurredAtMs: startMs + 1000,
        campaign: {},
        commerce: { value: 9, currency: 'EUR' },
      }),
    );
    expect(event('order')).toMatchObject({ session: { number: 1, isStart: false, isEngaged: true } });
    expect(queued('archive')[1]?.body).toMatchObject({
      campaign: { session: { clickIds: adTouch.clickIds } },
    });
  });

  it('is found by its order id, click id, session id and visitor key', () => {
    const { take, reader, event } = startPipeline();
    take(
      eventOf({
        id: 'order',
        name: 'purchase',
        commerce: { transactionId: 'A-1', value: 1, currency: 'EUR' },
      }),
    );
    const { session } = event('order');
    const sessionId = String(Object(session).id);
    for (const key of ['order', 'A-1', 'Cj0KCQiA-landing', 'visitor-1', sessionId]) {
      expect([key, reader.find(key, 9).map(({ offset }) => offset)]).toEqual([key, [1]]);
    }
  });

  it('without a visitor is forwarded without a session', () => {
    const { take, queued, decisions } = startPipeline();
    take(eventOf({ visitor: null }));
    expect(decisions('view')).toContain('session_none');
    expect(queued('archive')[0]?.body).not.toHaveProperty('session');
  });

  it('that no rule sends anywhere stays in the log', () => {
    const { take, decisions } = startPipeline(generationOf({ rules: rulesOf('rules: []') }));
    expect(take(eventOf({})).queuedFor.size).toBe(0);
    expect(decisions('view')).toEqual(['session_started', 'no_rule']);
  });
});

describe('an event that came before', () => {
  it('is a duplicate, in the same batch or a later one, and counts for nothing', () => {
    const { take, queued, reader, event } = startPipeline();
    take(eventOf({}), eventOf({}));
    take(eventOf({}), eventOf({ id: 'next', name: 'scroll', occurredAtMs: startMs + 1 }));
    expect(ids(queued('archive'))).toEqual(['view', 'next']);
    const stories = reader.find('view', 9);
    expect(
      stories.map(({ decisions }) => decisions.map(({ reason }) => reason).includes('duplicate')),
    ).toEqual([false, true, true]);
    expect(event('next')).toMatchObject({ session: { isEngaged: false } });
  });

  it('is another event on another site', () => {
    const { take, queued } = startPipeline();
    take(eventOf({}), eventOf({ site: 'blog' }));
    expect(ids(queued('archive'))).toEqual(['view', 'view']);
  });
});

describe('an event that is not forwarded', () => {
  it('is a bot: stored, explained, without a session', () => {
    const { take, decisions, event } = startPipeline();
    expect(take(eventOf({ client: { isBot: true, botReason: 'curl' } })).queuedFor.size).toBe(0);
    expect(decisions('view')).toEqual(['bot']);
    expect(event('view')).not.toHaveProperty('session');
  });

  it('is denied: dropped at once, whatever the policy says of the undecided', () => {
    const { take, decisions, writer } = startPipeline();
    expect(take(eventOf({ consent: denied })).queuedFor).toEqual(new Set(['archive']));
    expect(decisions('view').slice(-3)).toEqual([
      'consent_granted archive',
      'consent_denied meta',
      'consent_denied receiver',
    ]);
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
  });

  it.each([
    { title: 'the policy is to drop', event: {}, changes: { whenUndecided: new Map() } },
    { title: 'holding is switched off', event: {}, changes: { holdMs: 0 } },
    { title: 'it names no page life', event: { page: { url: 'https://shop.example/' } }, changes: {} },
  ])('is undecided where $title', ({ event, changes }) => {
    const { take, decisions, writer } = startPipeline(generationOf(changes));
    expect(take(eventOf({ consent: undecided, ...event })).queuedFor).toEqual(new Set(['archive']));
    expect(decisions('view').slice(-2)).toEqual(['consent_undecided meta', 'consent_undecided receiver']);
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
  });

  it('has a consent string that refuses the vendor of one destination', () => {
    const receiver = bound.get('receiver');
    if (receiver === undefined) throw new Error('no receiver');
    const vendor = { tcf: 755 };
    const needs = { ...receiver.needs, vendor };
    const destinations = new Map([...bound, ['receiver', { ...receiver, needs }]]);
    const { take, decisions } = startPipeline(generationOf({ destinations }));
    const consent = { ...granted, vendors: { 'tcf:755': [] } };
    expect(take(eventOf({ consent })).queuedFor).toEqual(new Set(['archive', 'meta']));
    expect(decisions('view')).toContain('consent_denied receiver');
  });

  it('is for a destination that is switched off', () => {
    const destinations = new Map([...bound].filter(([key]) => key !== 'meta'));
    const { take, decisions } = startPipeline(generationOf({ destinations }));
    expect(take(eventOf({})).queuedFor).toEqual(new Set(['receiver', 'archive']));
    expect(decisions('view')).toContain('destination_off meta');
  });

  it('is refused by a destination that has no use for it', () => {
    const { take, decisions } = startPipeline();
    take(eventOf({ client: { isBot: false } }));
    expect(decisions('view')).toContain('build_refused meta');
  });
});

describe('a bug', () => {
  it('of a destination keeps the event from that destination only', () => {
    const { take, queued, decisions, reader } = startPipeline(
      generationOf({ destinations: withBroken('receiver') }),
    );
    expect(take(eventOf({}), eventOf({ id: 'next' })).queuedFor).toEqual(new Set(['archive', 'meta']));
    expect(ids(queued('archive'))).toEqual(['view', 'next']);
    expect(decisions('view')).toContain('failed receiver');
    expect(JSON.stringify(reader.find('view', 1)[0]?.decisions)).not.toContain('visitor-1');
    expect(reader.lag()).toBe(0);
  });

  it('of a rule keeps the event from every destination and the log going', () => {
    const rules = rulesOf('rules: [{ name: all, to: [archive] }]');
    const [rule] = rules.rules;
    if (rule === undefined) return expect.unreachable();
    const broken = {
      ...rule,
      holds({ event }: { readonly event: { readonly id: string } }) {
        if (event.id === 'view') throw new RangeError('visitor-1');
        return true;
      },
    };
    const { take, queued, decisions, logged, event } = startPipeline(
      generationOf({ rules: { ...rules, rules: [broken] } }),
    );
    take(eventOf({}), eventOf({ id: 'next' }));
    expect(ids(queued('archive'))).toEqual(['next']);
    expect(decisions('view')).toEqual(['session_started', 'failed']);
    expect(logged).toHaveLength(1);
    expect(event('view')).toMatchObject({ session: { number: 1 } });
  });

  it('that has written an unreadable line does not stop the log', () => {
    const { take, run, writer, queued, logged } = startPipeline();
    logLines(writer, ['', '{', 'null', '[]', '{}', '{"event":7}', '{"event":[]}'], startMs);
    expect(run().lines).toBe(7);
    take(eventOf({}));
    expect(ids(queued('archive')).at(-1)).toBe('view');
    expect(logged).toHaveLength(7);
  });
});

describe('a store that fails', () => {
  it('is no reason to drop an event: the batch is rolled back and comes again', () => {
    const { path, take, run, queued, reader, decisions } = startPipeline();
    const db = new DatabaseSync(path);
    db.exec('ALTER TABLE state RENAME TO away');
    expect(() => take(eventOf({ visitor: null }), eventOf({ id: 'next' }))).toThrow('could not be read');
    expect(reader.lag()).toBe(2);
    expect(queued('archive')).toEqual([]);
    db.exec('ALTER TABLE away RENAME TO state');
    db.close();
    expect(run().lines).toBe(2);
    expect(ids(queued('archive'))).toEqual(['view', 'next']);
    expect(decisions('next')).toContain('session_started');
  });
});

describe('replaying', () => {
  it('the same lines into another store gives the same sessions and payloads', () => {
    const events = [
      eventOf({ id: 'a', consent: undecided, visitor: null }),
      eventOf({ id: 'b', name: 'consent_update', occurredAtMs: startMs + 500, receivedAtMs: startMs + 500 }),
      eventOf({
        id: 'c',
        occurredAtMs: startMs + 40 * 60_000,
        receivedAtMs: startMs + 40 * 60_000,
        campaign: {},
      }),
      eventOf({ id: 'd', visitor: { key: 'other', isNew: false, firstSeenAtMs: 1, clientIds: {} } }),
      eventOf({ id: 'a' }),
      eventOf({ id: 'e', name: 'purchase', sentBy: 'server', commerce: { value: 1, currency: 'EUR' } }),
    ];
    const outcomes = [startMs, startMs + 86_400_000].map((nowMs) => {
      const { take, run, queued, reader, writer } = startPipeline(generationOf(), nowMs);
      logLines(writer, ['{}'], 1);
      run();
      for (const event of nowMs === startMs ? [events] : events.map((one) => [one])) take(...event);
      const payloads = ['receiver', 'archive', 'meta'].map((key) => queued(key));
      return { payloads, events: reader.since(0, 99).map(({ event }) => event) };
    });
    expect(outcomes[0]?.payloads.flat().length).toBeGreaterThan(10);
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});

describe('what is counted', () => {
  it('is every decision, by stop, reason and whom it is about', () => {
    const { take, tally } = startPipeline();
    take(
      eventOf({}),
      eventOf({}),
      eventOf({ id: 'bot', client: { isBot: true } }),
      eventOf({ id: 'x', consent: granted }),
    );
    const counts = Object.fromEntries(
      tally.drain().map(({ reason, subject, n }) => [`${reason} ${subject}`, n]),
    );
    expect(counts).toMatchObject({
      'duplicate ': 1,
      'bot ': 1,
      'session_started ': 1,
      'consent_granted archive': 2,
    });
  });
});

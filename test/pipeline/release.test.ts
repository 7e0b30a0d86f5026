import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../src/contract/destination.ts';
import type { JsonObject } from '../../src/model/json.ts';
import {
  adTouch,
  bound,
  denied,
  deniedOnly,
  eventOf,
  generationOf,
  grantedOnly,
  rulesOf,
  startMs,
  startPipeline,
  undecided,
} from './gateway.ts';

const minuteMs = 60_000;
const ids = (queued: readonly { readonly eventId: string }[]): readonly string[] =>
  queued.map(({ eventId }) => eventId);

/** The page view of an undecided visitor, as the edge resolves it: nobody yet. */
const heldView = (changes: JsonObject = {}) => eventOf({ consent: undecided, visitor: null, ...changes });

/** What the SDK sends when the visitor has decided, five seconds later, by default granting everything. */
const decision = (changes: Parameters<typeof eventOf>[0] = {}) =>
  eventOf({
    id: 'decision',
    name: 'consent_update',
    occurredAtMs: startMs + 5000,
    receivedAtMs: startMs + 5000,
    campaign: { touch: { ...adTouch, atMs: startMs + 5000 } },
    ...changes,
  });

describe('an undecided event', () => {
  it('is held for the destinations that wait, without anything that names the visitor', () => {
    const { take, decisions, queued, reader } = startPipeline();
    expect(take(heldView()).queuedFor).toEqual(new Set(['archive']));
    expect(decisions('view').slice(-3)).toEqual(['consent_granted archive', 'held meta', 'held receiver']);
    expect(queued('receiver')).toEqual([]);
    expect(JSON.stringify(reader.since(0, 9))).not.toContain('Cj0KCQiA');
  });

  it('is released before the event that decides, with its own id and time, and begins the session', () => {
    const { take, queued, event, decisions } = startPipeline();
    take(heldView());
    expect(take(decision()).queuedFor).toEqual(new Set(['receiver', 'archive', 'meta']));
    const [first, second] = queued('receiver');
    expect([first?.eventId, second?.eventId]).toEqual(['view', 'decision']);
    expect(first?.body).toMatchObject({
      data: {
        id: 'view',
        occurredAtMs: startMs,
        visitor: { key: 'visitor-1' },
        session: { number: 1, isStart: true, startedAtMs: startMs },
        page: { url: 'https://shop.example/?gclid=Cj0KCQiA-landing', title: 'Shop' },
        campaign: {
          touch: { atMs: startMs, clickIds: adTouch.clickIds },
          session: { clickIds: adTouch.clickIds },
        },
      },
    });
    expect(second?.body).toMatchObject({
      data: { session: { number: 1, isStart: false, startedAtMs: startMs } },
    });
    expect(queued('meta')[0]?.body).toMatchObject({
      event_name: 'PageView',
      event_id: 'view',
      user_data: { fbp: 'fb.1.1795428005000.1234' },
    });
    expect(event('view')).toMatchObject({ visitor: { key: 'visitor-1' }, session: { isStart: true } });
    expect(decisions('view').slice(-6)).toEqual([
      'released',
      'session_started',
      'rule_matched everything',
      'rule_matched ads',
      'consent_granted meta',
      'consent_granted receiver',
    ]);
  });

  it('goes only where it was held for: what it was sent to before does not get it again', () => {
    const { take, queued } = startPipeline();
    take(heldView());
    take(decision());
    expect(ids(queued('archive'))).toEqual(['view', 'decision']);
  });

  it('is found by its visitor and its click id once it is released', () => {
    const { take, reader } = startPipeline();
    take(heldView());
    expect(reader.find('visitor-1', 9)).toEqual([]);
    take(decision());
    expect(reader.find('visitor-1', 9).map(({ offset }) => offset)).toEqual([1, 2]);
    expect(reader.find('Cj0KCQiA-landing', 9).map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it('keeps its own page where the visitor decided on another one', () => {
    const { take, queued } = startPipeline();
    take(heldView());
    take(decision({ page: { url: 'https://shop.example/cart?fbclid=IwAR-other', loadId: 'load-1' } }));
    expect(queued('receiver')[0]?.body).toMatchObject({ data: { page: { url: 'https://shop.example/' } } });
  });

  it('is released at most once', () => {
    const { take, queued, event } = startPipeline();
    take(heldView());
    take(decision(), decision({ id: 'again' }), decision());
    take(decision({ id: 'later' }));
    expect(ids(queued('receiver'))).toEqual(['view', 'decision', 'again', 'later']);
    expect(event('later')).toMatchObject({ session: { isEngaged: false } });
  });

  it('is released with the others of its page life, in their order', () => {
    const { take, queued, event } = startPipeline();
    take(
      heldView(),
      heldView({ id: 'scroll', name: 'scroll', occurredAtMs: startMs + 1000 }),
      heldView({ id: 'click', name: 'select_item', occurredAtMs: startMs + 2000 }),
    );
    take(decision());
    expect(ids(queued('receiver'))).toEqual(['view', 'scroll', 'click', 'decision']);
    expect(event('click')).toMatchObject({ session: { number: 1, isStart: false } });
  });

  it.each([
    { title: 'another page life', changes: { page: { url: 'https://shop.example/', loadId: 'load-2' } } },
    { title: 'no page life', changes: { page: { url: 'https://shop.example/' } } },
    { title: 'another site', changes: { site: 'blog' } },
    { title: 'a bot', changes: { client: { isBot: true } } },
    { title: 'a duplicate', changes: { id: 'view' } },
  ])('is not released by $title', ({ changes }) => {
    const { take, decisions, writer } = startPipeline();
    take(heldView());
    take(decision(changes));
    expect(decisions('view')).not.toContain('released');
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9)).toHaveLength(2);
  });

  it('waits on while nothing is decided', () => {
    const { take, decisions } = startPipeline();
    take(heldView());
    const before = decisions('view');
    take(heldView({ id: 'scroll', name: 'scroll' }));
    expect(decisions('view')).toEqual(before);
    take(decision());
    expect(decisions('view')).toContain('released');
  });
});

describe('a denial', () => {
  it('purges what was held, for good', () => {
    const { take, queued, decisions } = startPipeline();
    take(heldView());
    take(decision({ consent: denied, visitor: null }));
    expect(decisions('view').slice(-2).toSorted()).toEqual(['held_denied meta', 'held_denied receiver']);
    take(decision({ id: 'changed-mind' }));
    expect(ids(queued('receiver'))).toEqual(['changed-mind']);
    expect(ids(queued('meta'))).toEqual([]);
  });

  it('of one type purges for the destinations that need it and releases for the others', () => {
    const { take, queued, decisions } = startPipeline();
    take(heldView());
    const { types } = grantedOnly('analytics_storage');
    const consent = { ...denied, types: { ...denied.types, analytics_storage: types.analytics_storage } };
    take(decision({ consent }));
    const toReceiver = queued('receiver');
    expect(ids(toReceiver)).toEqual(['view', 'decision']);
    expect(decisions('view')).toEqual(
      expect.arrayContaining(['released', 'held_denied meta', 'consent_granted receiver']),
    );
    expect(JSON.stringify(toReceiver)).not.toContain('Cj0KCQiA');
  });

  it('of one type leaves alone what waits for another', () => {
    const { take, decisions, writer } = startPipeline();
    take(heldView());
    take(decision({ consent: deniedOnly('analytics_storage'), visitor: null }));
    expect(decisions('view').slice(-1)).toEqual(['held_denied receiver']);
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9)).toMatchObject([
      { offset: 1, destination: 'meta' },
    ]);
  });
});

describe('a decision in parts', () => {
  it('releases each destination when its turn has come, and counts the event once', () => {
    const { take, queued, event, decisions } = startPipeline();
    take(heldView());
    take(decision({ id: 'first', consent: grantedOnly('analytics_storage') }));
    expect([ids(queued('receiver')), ids(queued('meta'))]).toEqual([['view', 'first'], []]);
    const { session } = event('view');
    take(decision({ id: 'second' }));
    expect([ids(queued('receiver')), ids(queued('meta'))]).toEqual([['second'], ['view']]);
    expect(event('view')).toMatchObject({ session });
    expect(event('second')).toMatchObject({ session: { number: 1, isEngaged: false } });
    expect(decisions('view').filter((one) => one === 'session_started')).toHaveLength(1);
  });

  it('does not count an event twice that had its session all along', () => {
    const { take, queued, event, decisions } = startPipeline();
    take(eventOf({ consent: grantedOnly('analytics_storage') }));
    expect([ids(queued('receiver')), ids(queued('meta'))]).toEqual([['view'], []]);
    const { session } = event('view');
    take(decision());
    expect(ids(queued('meta'))).toEqual(['view']);
    expect(event('view')).toMatchObject({ session, visitor: { key: 'visitor-1', isNew: true } });
    expect(event('decision')).toMatchObject({ session: { number: 1, isEngaged: false } });
    expect(decisions('view').filter((one) => one.startsWith('session'))).toEqual(['session_started']);
  });

  it('keeps the visitor an event had', () => {
    const { take, queued } = startPipeline();
    take(eventOf({ consent: grantedOnly('analytics_storage') }));
    take(
      decision({
        visitor: {
          key: 'someone-else',
          isNew: true,
          firstSeenAtMs: startMs,
          clientIds: { fbp: 'fb.1.1795428005000.9999' },
        },
      }),
    );
    expect(queued('meta')[0]?.body).not.toHaveProperty('user_data.fbp');
  });

  it('does not release what a rule asks more consent for', () => {
    const rules = rulesOf('rules: [{ name: careful, to: [receiver], consent: [personalization_storage] }]');
    const { take, queued, decisions } = startPipeline(generationOf({ rules }));
    take(heldView());
    const before = decisions('view');
    take(decision({ id: 'first', consent: grantedOnly('analytics_storage') }));
    take(decision({ id: 'second', consent: grantedOnly('analytics_storage') }));
    expect(decisions('view')).toEqual(before);
    expect(queued('receiver')).toEqual([]);
    take(decision({ id: 'third' }));
    expect(ids(queued('receiver'))).toEqual(['view', 'first', 'second', 'third']);
  });
});

describe('the time of a held event', () => {
  it('ends with a purge where nobody decided', () => {
    const { take, expire, decisions, queued, tally } = startPipeline();
    take(heldView());
    tally.drain();
    expire(startMs + 30 * minuteMs - 1);
    expect(decisions('view')).not.toContain('held_expired meta');
    expire(startMs + 30 * minuteMs);
    expect(decisions('view').slice(-2).toSorted()).toEqual(['held_expired meta', 'held_expired receiver']);
    expect(tally.drain()).toHaveLength(2);
    take(decision());
    expect(ids(queued('receiver'))).toEqual(['decision']);
  });

  it('is over even where it was not purged yet', () => {
    const { take, queued } = startPipeline();
    take(heldView());
    take(decision({ occurredAtMs: startMs + 30 * minuteMs, receivedAtMs: startMs + 30 * minuteMs }));
    expect(ids(queued('receiver'))).toEqual(['decision']);
  });
});

describe('hostile and unlucky page lives', () => {
  it('hold no more than a bounded number of events', () => {
    const { take, decisions, writer } = startPipeline();
    take(...Array.from({ length: 300 }, (_, index) => heldView({ id: `view-${index}` })));
    take(heldView({ id: 'last' }));
    expect(decisions('view-249')).toContain('held receiver');
    expect(decisions('last')).toEqual(
      expect.arrayContaining(['consent_undecided meta', 'consent_undecided receiver']),
    );
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9999)).toHaveLength(500);
  });

  it('are not kept from going on by a held event that a destination cannot build', () => {
    const receiver = bound.get('receiver');
    if (receiver === undefined) return expect.unreachable();
    const broken: BoundDestination = {
      ...receiver,
      build(permit) {
        if (permit.event.id === 'view') throw new TypeError('a bug');
        return receiver.build(permit);
      },
    };
    const { take, queued, decisions } = startPipeline(
      generationOf({ destinations: new Map([...bound, ['receiver', broken]]) }),
    );
    take(heldView());
    take(decision());
    take(decision({ id: 'later' }));
    expect(ids(queued('receiver'))).toEqual(['decision', 'later']);
    expect(ids(queued('meta'))).toEqual(['view']);
    expect(decisions('view')).toContain('failed receiver');
  });

  it('are released in the configuration that is in force then', () => {
    const first = generationOf();
    const { take, writer, decisions, queued } = startPipeline({
      ...first,
      get rules() {
        return current;
      },
    });
    let current = first.rules;
    take(heldView());
    current = rulesOf('rules: [{ name: only, to: [archive] }]');
    take(decision());
    expect(ids(queued('receiver'))).toEqual([]);
    expect(decisions('view').at(-1)).toBe('no_rule');
    expect(writer.takeExpired(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
  });
});

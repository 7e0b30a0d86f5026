import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsentType, consentTypes } from '../../src/model/consent.ts';
import { bitsOf, takenBackSince, type Withdrawal } from '../../src/model/withdrawal.ts';
import { visitorStatesOf } from '../../src/pipeline/withdrawn.ts';
import { eventOf, grantedOnly, startMs, startPipeline } from './gateway.ts';

const ids = (queued: readonly { readonly eventId: string }[]): readonly string[] =>
  queued.map(({ eventId }) => eventId);

const everything: readonly ConsentType[] = consentTypes.filter((type) => type !== 'security_storage');

/** A visitor's choice, so many seconds after the start. */
function choiceAt(second: number, types: readonly ConsentType[] = everything): Withdrawal {
  return { site: 'shop', visitorKey: 'visitor-1', types: bitsOf(types), atMs: startMs + second * 1000 };
}

/** An event of the visitor, so many seconds after the start. */
function eventAt(second: number, changes: Parameters<typeof eventOf>[0] = {}) {
  const atMs = startMs + second * 1000;
  return eventOf({ id: `at-${second}`, occurredAtMs: atMs, receivedAtMs: atMs, ...changes });
}

function start() {
  const pipeline = startPipeline();
  const withdraw = (choice: Withdrawal) =>
    pipeline.writer.withdraw([choice], visitorStatesOf([choice]), startMs + 60_000);
  return { ...pipeline, withdraw };
}

describe('a withdrawal', () => {
  it('purges what is queued, with the payload, and says so in its story', () => {
    const { take, withdraw, queued, decisions, reader } = start();
    take(eventAt(1));
    expect(
      withdraw(choiceAt(2))
        .map(({ destination }) => destination)
        .toSorted(),
    ).toEqual(['archive', 'meta', 'receiver']);
    for (const destination of ['archive', 'meta', 'receiver']) expect(queued(destination)).toEqual([]);
    expect(
      decisions('at-1')
        .filter((text) => text.startsWith('withdrawn'))
        .toSorted(),
    ).toEqual(['withdrawn archive', 'withdrawn meta', 'withdrawn receiver']);
    const rows = reader.find('at-1', 1)[0]?.deliveries ?? [];
    expect(rows.map(({ status, payload }) => ({ status, payload }))).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'withdrawn', payload: {} })),
    );
  });

  it('of advertising leaves alone what rests on analytics only', () => {
    const { take, withdraw, queued } = start();
    take(eventAt(1, { consent: grantedOnly('analytics_storage') }));
    withdraw(choiceAt(2, ['ad_storage', 'ad_user_data', 'ad_personalization']));
    expect(ids(queued('receiver'))).toEqual(['at-1']);
  });

  it('holds for what the pipeline has not reached yet, or gets late', () => {
    const { take, withdraw, queued, decisions } = start();
    withdraw(choiceAt(2));
    take(eventAt(1));
    expect([...queued('receiver'), ...queued('meta')]).toEqual([]);
    expect(decisions('at-1')).toEqual(expect.arrayContaining(['withdrawn', 'withdrawn receiver']));
  });

  it('lets a later grant through, and nothing from before it', () => {
    const { take, withdraw, queued } = start();
    take(eventAt(1));
    withdraw(choiceAt(2));
    take(eventAt(3), eventAt(2, { id: 'late' }));
    expect(ids(queued('receiver'))).toEqual(['at-3']);
    expect(ids(queued('meta'))).toEqual(['at-3']);
  });

  it('reduces what goes on to what is still allowed', () => {
    const { take, withdraw, queued } = start();
    withdraw(choiceAt(2, ['ad_storage', 'ad_user_data', 'ad_personalization']));
    take(eventAt(1));
    const [first] = queued('receiver');
    expect(first?.body).toMatchObject({ data: { visitor: { key: 'visitor-1', clientIds: { ga: '1.2' } } } });
    expect(JSON.stringify(first?.body)).not.toContain('Cj0KCQiA');
    expect(queued('meta')).toEqual([]);
  });

  it('takes dead letters, which cannot be revived then', () => {
    const { take, withdraw, writer, queued } = start();
    take(eventAt(1));
    const items = writer.take('receiver', 9, startMs);
    writer.record(items.map(({ id }) => ({ id, kind: 'dead', atMs: startMs, message: 'HTTP 400' })));
    withdraw(choiceAt(2));
    expect(writer.revive(null, null, startMs)).toBe(0);
    expect(queued('receiver')).toEqual([]);
  });

  it('is not undone by an answer to what was on the wire', () => {
    const { take, withdraw, writer, reader, queued } = start();
    take(eventAt(1));
    const items = writer.take('receiver', 9, startMs);
    const purged = withdraw(choiceAt(2));
    expect(writer.underWay(purged.flatMap(({ id }) => id ?? []))).toEqual(items.map(({ id }) => id));
    writer.record(
      items.map(({ id }) => ({ id, kind: 'retry', atMs: startMs, dueAtMs: 0, message: 'HTTP 503' })),
    );
    expect(queued('receiver')).toEqual([]);
    const row = reader.find('at-1', 1)[0]?.deliveries.find(({ destination }) => destination === 'receiver');
    expect(row).toMatchObject({ status: 'withdrawn', tries: [{ note: 'HTTP 503' }] });
  });

  it('purges what waits for the same visitor on another page', () => {
    const { take, withdraw, decisions, queued } = start();
    take(eventAt(1, { consent: grantedOnly('analytics_storage') }));
    withdraw(choiceAt(2, ['ad_storage', 'ad_user_data', 'ad_personalization']));
    expect(decisions('at-1')).toContain('withdrawn meta');
    take(eventAt(3));
    expect(ids(queued('meta'))).toEqual(['at-3']);
  });

  it('is not overtaken by a page that had waited and grants later', () => {
    const { take, withdraw, queued, decisions } = start();
    take(eventAt(1, { consent: grantedOnly(), visitor: null }));
    withdraw(choiceAt(2));
    take(eventAt(3));
    expect(ids(queued('receiver'))).toEqual(['at-3']);
    expect(decisions('at-1')).toContain('withdrawn receiver');
  });

  it('of analytics forgets the visitor’s session', () => {
    const { take, withdraw, writer } = start();
    take(eventAt(1));
    const stateOf = () => {
      let found: string | undefined;
      writer.transact((batch) => {
        found = batch.readState('visitor/shop/visitor-1');
      });
      return found;
    };
    expect(stateOf()).toContain('Cj0KCQiA-landing');
    withdraw(choiceAt(2));
    expect(stateOf()).toBeUndefined();
  });

  it('is another visitor’s business only', () => {
    const { take, withdraw, queued } = start();
    take(eventAt(1));
    withdraw({ ...choiceAt(2), visitorKey: 'visitor-2' });
    withdraw({ ...choiceAt(2), site: 'blog' });
    expect(ids(queued('receiver'))).toEqual(['at-1']);
  });
});

describe('choices in any order', () => {
  it('end with the latest, and of equal ones with the stricter', () => {
    expect(takenBackSince([5, 0], 4)).toBe(1);
    expect(takenBackSince([5, 0], 5)).toBe(1);
    expect(takenBackSince([5, 0], 6)).toBe(0);
  });

  it('let out exactly what happened after the last refusal, whenever which message arrived', () => {
    const { take, withdraw, queued } = start();
    const second = fc.integer({ min: 1, max: 20 });
    const message = fc.record({ kind: fc.constantFrom('event', 'refusal'), second });
    const messages = fc.uniqueArray(message, {
      minLength: 1,
      maxLength: 12,
      selector: (one) => `${one.kind} ${one.second}`,
    });
    let run = 0;
    const property = fc.property(messages, (sent) => {
      run += 1;
      const visitorKey = `visitor-of-run-${run}`;
      const visitor = { key: visitorKey, isNew: false, firstSeenAtMs: startMs, clientIds: {} };
      for (const { kind, second: at } of sent) {
        if (kind === 'event') take(eventAt(at, { id: `${run}-${at}`, visitor }));
        else withdraw({ ...choiceAt(at), visitorKey });
      }
      const refusals = sent.filter(({ kind }) => kind === 'refusal');
      const last = Math.max(0, ...refusals.map((one) => one.second));
      const after = sent.filter((one) => one.kind === 'event' && one.second > last);
      const expected = after.map((one) => `${run}-${one.second}`);
      expect(ids(queued('receiver')).toSorted()).toEqual(expected.toSorted());
    });
    fc.assert(property, { numRuns: 300 });
  });
});

import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts';
import { type Reason, reasons } from '../../src/model/reason.ts';
import { type Timeline, tellStory } from '../../src/report/timeline.ts';
import type { DeliveryRow, EventStory } from '../../src/store/ports.ts';
import { consentOf } from '../contract/canaries.ts';
import {
  bound,
  denied,
  eventOf,
  generationOf,
  startMs,
  startPipeline,
  undecided,
} from '../pipeline/gateway.ts';

function toJson(value: unknown): JsonObject {
  const parsed: Json = JSON.parse(JSON.stringify(value));
  return isJsonObject(parsed) ? parsed : {};
}

function storyOf(changes: Partial<EventStory> = {}): EventStory {
  return {
    offset: 7,
    event: toJson(eventOf({})),
    isProcessed: true,
    decisions: [
      { stop: 'capture', reason: 'received' },
      { stop: 'visitor', reason: 'visitor_new' },
      {
        stop: 'campaign',
        reason: 'touch_read',
        facts: { parameters: [{ name: 'utm_source', raw: 'x' }, { name: 'gclid' }], notes: ['odd'] },
      },
    ],
    deliveries: [],
    ...changes,
  };
}

function deliveryOf(changes: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id: 1,
    offset: 7,
    eventId: 'view',
    destination: 'receiver',
    status: 'pending',
    tries: [],
    payload: {},
    dueAtMs: startMs,
    ...changes,
  };
}

const tryOf = (seconds: number, note: string) => ({ atMs: startMs + seconds * 1000, note });
const linesOf = ({ rows }: Timeline): readonly string[] => rows.map(({ mark, text }) => `${mark}: ${text}`);
const deliveries = (delivery: DeliveryRow) =>
  tellStory(storyOf({ deliveries: [delivery] })).rows.filter(({ stop }) => stop === 'delivery');

describe('a timeline', () => {
  it('begins with what the event is', () => {
    const { rows: _rows, ...head } = tellStory(storyOf());
    expect(head).toEqual({
      offset: 7,
      id: 'view',
      name: 'page_view',
      site: 'shop',
      atMs: startMs,
      page: 'https://shop.example/?gclid=Cj0KCQiA-landing',
    });
  });

  it('goes by the way of the event: capture, consent, visitor, campaign', () => {
    const { rows } = tellStory(storyOf());
    expect(rows.map(({ stop }) => stop)).toEqual(['capture', 'consent', 'visitor', 'campaign']);
    expect(rows.every(({ atMs }) => atMs === startMs)).toBe(true);
  });

  it('names the click ids of a touch and never their values', () => {
    const campaign = tellStory(storyOf()).rows.find(({ stop }) => stop === 'campaign');
    expect(campaign?.details).toEqual([
      'parameters: utm_source x, gclid',
      'notes: odd',
      'this event: google / cpc, Paid Search, click ids gclid',
    ]);
  });

  it.each([
    {
      title: 'everything granted',
      granted: ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'],
      mark: 'ok',
      words: '4 of 4',
    },
    { title: 'some granted', granted: ['analytics_storage'], mark: 'look', words: '1 of 4' },
    { title: 'nothing granted', granted: [], mark: 'stop', words: '0 of 4' },
  ] as const)('says who decided on consent: $title', ({ granted, mark, words }) => {
    const event = toJson({ ...eventOf({}), consent: { ...consentOf(granted), region: 'DE' } });
    const consent = tellStory(storyOf({ event })).rows.find(({ stop }) => stop === 'consent');
    expect(consent).toMatchObject({ mark, text: `Consent for DE, opt-in regime: ${words} types granted.` });
    expect(consent?.details[0]).toBe(
      `analytics_storage ${mark === 'stop' ? 'denied' : 'granted'} (signal: test)`,
    );
  });

  it('puts the rules that did not match before those that did', () => {
    const decisions = [
      { stop: 'capture', reason: 'received' },
      { stop: 'session', reason: 'session_none' },
      { stop: 'rules', reason: 'rule_matched', rule: 'everything' },
    ] as const;
    const unmatched = [
      { rule: 'orders', reason: 'rule_not_matched', falsePart: 'event.name == "purchase"' },
    ] as const;
    const timeline = tellStory(storyOf({ decisions }), unmatched);
    expect(linesOf(timeline).slice(2)).toEqual([
      `fact: ${reasons.session_none}`,
      `fact: orders: ${reasons.rule_not_matched}`,
      `ok: everything: ${reasons.rule_matched}`,
    ]);
    expect(timeline.rows[3]?.details).toEqual(['not true: event.name == "purchase"']);
  });

  it('of an event that the pipeline has not reached says that it waits in the log', () => {
    const { rows } = tellStory(storyOf({ isProcessed: false }));
    expect(rows.at(-1)).toMatchObject({
      mark: 'look',
      text: 'In the log; the pipeline has not reached it yet.',
    });
  });

  it('says which vendors a consent string allows what', () => {
    const { types, ...rest } = consentOf(['ad_storage']);
    const consent = {
      ...rest,
      types: { ...types, ad_storage: { ...types.ad_storage, vendorsOnly: true } },
      vendors: { 'tcf:755': ['ad_storage'], 'tcf:91': [] },
    };
    const story = tellStory(storyOf({ event: toJson({ ...eventOf({}), consent }) }));
    const details = story.rows.find(({ stop }) => stop === 'consent')?.details ?? [];
    expect(details[1]).toMatch(/^ad_storage granted to the vendors that are named \(/);
    expect(details).toEqual(expect.arrayContaining(['vendor tcf:755: ad_storage', 'vendor tcf:91: refused']));
  });

  it('does not fail on a story of which little is known', () => {
    const timeline = tellStory({ offset: 1, event: {}, isProcessed: false, decisions: [], deliveries: [] });
    expect(timeline).toMatchObject({ id: '', name: '', site: '', atMs: 0, page: null });
    expect(linesOf(timeline)[0]).toBe('look: No consent was recorded.');
  });
});

describe('deliveries', () => {
  it('that wait for their first try are queued', () => {
    expect(deliveries(deliveryOf())).toEqual([
      { stop: 'delivery', mark: 'look', atMs: startMs, text: `receiver: ${reasons.queued}`, details: [] },
    ]);
  });

  it('that succeeded after a failure tell both tries', () => {
    const tries = [tryOf(1, 'HTTP 503'), tryOf(9, 'HTTP 200')];
    const rows = deliveries(deliveryOf({ status: 'delivered', tries }));
    expect(rows.map(({ mark, text, details, atMs }) => [mark, text, details[0], atMs])).toEqual([
      ['look', `receiver: ${reasons.retrying}`, 'try 1: HTTP 503', startMs + 1000],
      ['ok', `receiver: ${reasons.delivered}`, 'try 2: HTTP 200', startMs + 9000],
    ]);
  });

  it('that will be tried again say when', () => {
    const rows = deliveries(deliveryOf({ tries: [tryOf(1, 'HTTP 503')], dueAtMs: startMs + 60_000 }));
    expect(rows.at(-1)).toMatchObject({
      mark: 'look',
      atMs: startMs + 1000,
      details: ['next try 2026-11-23T12:01:00.000Z'],
    });
    expect(rows[0]).toMatchObject({ text: `receiver: ${reasons.retrying}` });
  });

  it('that are dead say so at their last try', () => {
    const rows = deliveries(
      deliveryOf({ status: 'dead', tries: [tryOf(1, 'HTTP 503'), tryOf(2, 'HTTP 400')] }),
    );
    expect(rows.at(-1)).toMatchObject({
      mark: 'stop',
      text: `receiver: ${reasons.dead}`,
      details: ['try 2: HTTP 400'],
    });
  });
});

describe('stories as the store tells them', () => {
  const timelineOf = ({ reader }: ReturnType<typeof startPipeline>, id = 'view') => {
    const [story] = reader.find(id, 1);
    if (story === undefined) throw new Error(`no story of ${id}`);
    return tellStory(story);
  };
  const has = (timeline: Timeline, mark: string, reason: Reason, subject?: string): boolean =>
    linesOf(timeline).includes(`${mark}: ${subject === undefined ? '' : `${subject}: `}${reasons[reason]}`);

  it('end in a delivery', () => {
    const pipeline = startPipeline();
    pipeline.take(eventOf({}));
    const [item] = pipeline.writer.take('archive', 1, startMs);
    if (item === undefined) return expect.unreachable();
    pipeline.writer.record([{ id: item.id, kind: 'delivered', atMs: startMs + 5, note: 'HTTP 200' }]);
    const timeline = timelineOf(pipeline);
    expect(has(timeline, 'ok', 'session_started')).toBe(true);
    expect(has(timeline, 'ok', 'delivered', 'archive')).toBe(true);
    expect(has(timeline, 'look', 'queued', 'meta')).toBe(true);
    const session = timeline.rows.find(({ stop }) => stop === 'session');
    expect(session?.details).toEqual([
      'because: first',
      expect.stringMatching(/^session \S{22}, number 1, not engaged yet$/),
    ]);
  });

  it('tell that an event is held, released and by which event', () => {
    const pipeline = startPipeline();
    pipeline.take(eventOf({ consent: undecided, visitor: null }));
    expect(has(timelineOf(pipeline), 'look', 'held', 'receiver')).toBe(true);
    expect(has(timelineOf(pipeline), 'look', 'redacted')).toBe(true);
    pipeline.take(eventOf({ id: 'decision', name: 'consent_update' }));
    const timeline = timelineOf(pipeline);
    expect(timeline.rows.find(({ text }) => text === reasons.released)).toMatchObject({
      mark: 'ok',
      details: ['by: decision'],
    });
    expect(has(timeline, 'look', 'queued', 'receiver')).toBe(true);
    expect(timeline.page).toBe('https://shop.example/?gclid=Cj0KCQiA-landing');
  });

  it('tell that a held event was denied, or nobody decided', () => {
    const pipeline = startPipeline();
    pipeline.take(eventOf({ consent: undecided, visitor: null }));
    pipeline.take(
      eventOf({
        id: 'late',
        consent: undecided,
        visitor: null,
        page: { url: 'https://shop.example/', loadId: 'load-2' },
      }),
    );
    pipeline.take(eventOf({ id: 'decision', name: 'consent_update', consent: denied, visitor: null }));
    pipeline.expire(startMs + 86_400_000);
    expect(has(timelineOf(pipeline), 'stop', 'held_denied', 'meta')).toBe(true);
    expect(has(timelineOf(pipeline, 'late'), 'stop', 'held_expired', 'meta')).toBe(true);
  });

  it('tell why an event stopped', () => {
    const pipeline = startPipeline(generationOf({ destinations: new Map([...bound].slice(0, 2)) }));
    pipeline.take(eventOf({}), eventOf({ id: 'bot', client: { isBot: true, botReason: 'curl' } }));
    expect(has(timelineOf(pipeline, 'bot'), 'stop', 'bot')).toBe(true);
    expect(has(timelineOf(pipeline), 'fact', 'destination_off', 'meta')).toBe(true);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { correctClientTime } from '../../src/model/client-time.ts';
import type { Session } from '../../src/model/session.ts';
import type { Touch } from '../../src/model/touch.ts';
import { attributedTouch } from '../../src/session/attribution.ts';
import { classOf } from '../../src/session/classes.ts';
import type { SessionInput } from '../../src/session/transition.ts';
import { define, direct, input, type Run, run, touch } from './stream.ts';

// Not among the vectors, because they need what is not part of a session's own rules yet:
// SRV-02, SRV-05 a server event that names its session; ORD-01 a start that
// moves back; ORD-04 merging two sessions; ORD-06 reopening for late events; APP-01, APP-02 a background timeout;
// or what another part of the gateway does: CMP-17, CMP-19, CMP-21, CMP-22, CMP-23, APP-04 reading a touch; ORD-08
// duplicates; XD-01, XD-03 the linker; BOT-01 bots; PRE-01 prefetching; CON-01, CON-02 carrying over a page's evidence.

const seconds = z.number();
const eventSchema = z.strictObject({
  t: seconds,
  sent: seconds.exactOptional(),
  recv: seconds.exactOptional(),
  name: z.string(),
  sentBy: z.literal('server').exactOptional(),
  visitor: z.string().nullable(),
  url: z.string().exactOptional(),
  referrer: z.string().exactOptional(),
  engagementMs: z.int().exactOptional(),
  isKeyEvent: z.literal(true).exactOptional(),
  userId: z.string().exactOptional(),
});
const indexesSchema = z.union([
  z.array(z.int()),
  z
    .strictObject({ range: z.tuple([z.int(), z.int()]) })
    .transform(({ range: [from, to] }) => Array.from({ length: to - from + 1 }, (_, at) => from + at)),
]);
const sessionSchema = z.strictObject({
  number: z.int(),
  events: indexesSchema,
  attached: z.array(z.int()).exactOptional(),
  start: seconds.exactOptional(),
  end: seconds.exactOptional(),
  startReason: z.string().exactOptional(),
  views: z.int().exactOptional(),
  keyEvents: z.int().exactOptional(),
  isEngaged: z.boolean().exactOptional(),
  engagementMs: z.int().exactOptional(),
  userId: z.string().exactOptional(),
  source: z.string().exactOptional(),
  medium: z.string().exactOptional(),
  campaign: z.string().exactOptional(),
});
const repeatSchema = z
  .strictObject({
    repeat: z.strictObject({
      count: z.int(),
      every: seconds,
      name: z.string(),
      visitor: z.string(),
      url: z.string().exactOptional(),
    }),
  })
  .transform(({ repeat: { count, every, ...event } }) =>
    Array.from({ length: count }, (_, at): z.infer<typeof eventSchema> => ({ t: at * every, ...event })),
  );
const vectorSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  base: z.iso.datetime(),
  config: z.record(z.string(), z.json()).default({}),
  events: z.union([z.array(eventSchema), repeatSchema]),
  sessions: z.record(z.string(), z.array(sessionSchema)),
  unsessionized: z.array(z.int()).default([]),
});

type Vector = z.infer<typeof vectorSchema>;
type VectorEvent = Vector['events'][number];
type ExpectedSession = z.infer<typeof sessionSchema>;

const folder = join(import.meta.dirname, '../golden/session');
const vectors = ['vectors.yaml', 'presets.yaml'].flatMap((name) =>
  z.array(vectorSchema).parse(parse(readFileSync(join(folder, name), 'utf8'))),
);

const pageEvents = new Set(['page_view', 'screen_view', 'app_open']);

/** As much of reading a touch as the vectors need; the whole of it is tested with the campaign rules. */
function readTouch({ name, url, referrer }: VectorEvent, atMs: number): Touch | undefined {
  if (!pageEvents.has(name) || url === undefined) return undefined;
  const query = new URL(url).searchParams;
  const label = (key: string) => query.get(`utm_${key}`) ?? undefined;
  const campaign = label('campaign');
  const source = label('source');
  const gclid = query.get('gclid');
  const clickIds = gclid === null ? {} : { gclid: { value: gclid, seenAtMs: atMs } };
  if (source !== undefined) {
    const medium = label('medium') ?? '(not set)';
    return touch(atMs, { source, medium, clickIds, ...(campaign !== undefined && { campaign }) });
  }
  if (gclid !== null) return touch(atMs, { kind: 'click_id', clickIds });
  // Payment pages are on the list of referrers that are none.
  const isOwn =
    referrer === undefined || /^(www\.)?(shop|checkout|pay)\.example$/.test(new URL(referrer).host);
  if (isOwn) return direct(atMs);
  return touch(atMs, { kind: 'referral', source: new URL(referrer).host, medium: 'referral' });
}

function toInput(event: VectorEvent, visitorKey: string, vector: Vector): SessionInput {
  const baseMs = Date.parse(vector.base);
  const toMs = (second: number) => baseMs + second * 1000;
  const receivedAtMs = toMs(event.recv ?? event.t);
  const { atMs } = correctClientTime({
    occurredAtMs: toMs(event.t),
    receivedAtMs,
    ...(event.sent !== undefined && { sentAtMs: toMs(event.sent) }),
  });
  const seen = readTouch(event, atMs);
  return input(atMs, {
    visitorKey,
    receivedAtMs,
    class: classOf(event.name, event.sentBy ?? 'browser'),
    isView: event.name === 'page_view' || event.name === 'screen_view',
    isKeyEvent: event.isKeyEvent ?? false,
    ...(event.engagementMs !== undefined && { engagementMs: event.engagementMs }),
    ...(event.url !== undefined && { pageUrl: event.url }),
    ...(event.userId !== undefined && { userId: event.userId }),
    ...(seen !== undefined && { touch: seen }),
  });
}

function runVisitor(vector: Vector, visitor: string) {
  const indexes = vector.events.flatMap((event, index) => (event.visitor === visitor ? [index] : []));
  const inputs = indexes.map((index) => toInput(vector.events[index] ?? expect.fail(), visitor, vector));
  return { indexes, inputs, done: run(inputs, define(vector.config)) };
}

/** What became of a session, in the fields that the vector lists. */
function observe(
  session: Session,
  expected: ExpectedSession,
  vector: Vector,
  visitor: ReturnType<typeof runVisitor>,
) {
  const { indexes, inputs, done } = visitor;
  const members = done.transitions.flatMap(({ session: own, reason }, at) =>
    own?.id === session.id ? [{ index: indexes[at] ?? -1, atMs: inputs[at]?.atMs ?? 0, reason }] : [],
  );
  const events = members
    .filter(({ reason }) => reason !== 'session_attached')
    .sort((a, b) => a.atMs - b.atMs);
  const known = done.transitions.findLast((one) => one.session?.id === session.id)?.state ?? {};
  const touch = attributedTouch(session, known, define(vector.config));
  const toSeconds = (atMs: number) => (atMs - Date.parse(vector.base)) / 1000;
  const all: Record<keyof ExpectedSession, unknown> = {
    number: session.number,
    events: events.map(({ index }) => index),
    attached: members.filter(({ reason }) => reason === 'session_attached').map(({ index }) => index),
    start: toSeconds(session.startedAtMs),
    end: toSeconds(events.at(-1)?.atMs ?? 0),
    startReason: session.startReason,
    views: session.counts.views,
    keyEvents: session.counts.keyEvents,
    isEngaged: session.isEngaged,
    engagementMs: session.engagementMs,
    userId: userOf(session, done),
    source: touch?.source,
    medium: touch?.medium,
    campaign: touch?.campaign?.toLowerCase(),
  };
  return Object.fromEntries(Object.entries(all).filter(([key]) => Object.hasOwn(expected, key)));
}

/** The user as remembered after the session's last event. */
function userOf(session: Session, { transitions }: Run): string | undefined {
  return transitions.findLast((done) => done.session?.id === session.id)?.state.userId;
}

describe('session vectors', () => {
  it.each(vectors.map((vector) => [vector.id, vector.title, vector] as const))(
    '%s: %s',
    (_id, _title, vector) => {
      const unsessionized = new Set(
        vector.events.flatMap(({ visitor }, index) => (visitor === null ? [index] : [])),
      );
      for (const [name, expected] of Object.entries(vector.sessions)) {
        const visitor = runVisitor(vector, name);
        const { sessions, transitions } = visitor.done;
        expect(sessions.map(({ number }) => number)).toEqual(expected.map(({ number }) => number));
        const seen = expected.map((one, at) => observe(sessions[at] ?? expect.fail(), one, vector, visitor));
        expect(seen).toEqual(expected);
        transitions.forEach(({ reason }, at) => {
          if (reason === 'session_none') unsessionized.add(visitor.indexes[at] ?? -1);
        });
      }
      expect([...unsessionized].sort((a, b) => a - b)).toEqual(vector.unsessionized);
    },
  );
});

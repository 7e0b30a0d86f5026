import { clickIdParameters } from '../../src/campaign/parameters.ts';
import type { BoundDestination } from '../../src/contract/destination.ts';
import { redact, type StoragePolicy } from '../../src/contract/storable.ts';
import { destinations } from '../../src/destinations/index.ts';
import { type Consent, type ConsentType, consentTypes } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts';
import { createTally } from '../../src/observe/tally.ts';
import { expireHeld, runBatch } from '../../src/pipeline/run.ts';
import type { PipelineGeneration } from '../../src/pipeline/step.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { compileDefinition, sessionConfigSchema } from '../../src/session/definition.ts';
import type { OutboxItem } from '../../src/store/ports.ts';
import { consentOf } from '../contract/canaries.ts';
import { logLines, openReading, openStore } from '../store/store.ts';

export const policy: StoragePolicy = {
  keepIp: false,
  plainParameters: new Set(['utm_source']),
  clickIdParameters,
};

/** Noon of 2026-11-23, UTC: when the first event of a test happens. */
export const startMs = Date.UTC(2026, 10, 23, 12);

export const granted = consentOf(consentTypes);
export const denied = consentOf([]);
export const undecided = consentOf([], 'region_default');

/** Everything undecided but these types, which the visitor has granted. */
export function grantedOnly(...types: readonly ConsentType[]): Consent {
  const { types: open, ...rest } = undecided;
  return {
    ...rest,
    types: { ...open, ...Object.fromEntries(types.map((type) => [type, granted.types[type]])) },
  };
}

/** Everything undecided but these types, which the visitor has denied. */
export function deniedOnly(...types: readonly ConsentType[]): Consent {
  const { types: open, ...rest } = undecided;
  return {
    ...rest,
    types: { ...open, ...Object.fromEntries(types.map((type) => [type, denied.types[type]])) },
  };
}

const gclid = { gclid: { value: 'Cj0KCQiA-landing', seenAtMs: startMs } };

/** The touch of a landing on `/` from an ad. */
export const adTouch = {
  kind: 'campaign',
  source: 'google',
  medium: 'cpc',
  clickIds: gclid,
  landingPage: 'https://shop.example/?gclid=Cj0KCQiA-landing',
  channel: 'Paid Search',
  atMs: startMs,
};

/** A page view of the shop's front page, landed on from an ad, with changes; `null` takes a part away. */
export function eventOf(changes: JsonObject & { readonly consent?: Consent }): Event {
  const made: Record<string, Json | Consent> = {
    id: 'view',
    name: 'page_view',
    site: 'shop',
    protocol: 'throughline',
    sentBy: 'browser',
    occurredAtMs: startMs,
    receivedAtMs: startMs,
    page: { url: 'https://shop.example/?gclid=Cj0KCQiA-landing', title: 'Shop', loadId: 'load-1' },
    visitor: {
      key: 'visitor-1',
      isNew: true,
      firstSeenAtMs: startMs,
      clientIds: { ga: '1.2', fbp: 'fb.1.1795428005000.1234' },
    },
    campaign: { touch: adTouch },
    consent: granted,
    client: { isBot: false, userAgent: 'Mozilla/5.0', country: 'DE' },
    properties: {},
    ...changes,
  };
  const kept = Object.entries(made).filter(([, value]) => value !== null);
  return eventSchema.parse(Object.fromEntries(kept));
}

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

function bind(
  key: string,
  type: string,
  settings: JsonObject,
  required: readonly ConsentType[],
): BoundDestination {
  const destination = destinations.find(({ name }) => name === type);
  if (destination === undefined) throw new Error(`there is no destination ${type}`);
  const needs = destination.needs === 'declared' ? { required, optional: consentTypes } : destination.needs;
  return destination.bind(key, settings, needs);
}

/** A webhook that needs analytics, a file that needs nothing, and Meta. */
export const bound: ReadonlyMap<string, BoundDestination> = new Map(
  [
    bind('receiver', 'webhook', { url: 'https://hooks.example/in', secret }, ['analytics_storage']),
    bind('archive', 'ndjson', { path: '/var/lib/archive' }, []),
    bind('meta', 'meta', { pixelId: '1234567890', accessToken: 'EAAB-token' }, []),
  ].map((destination) => [destination.key, destination]),
);

const rules = `
rules:
  - name: everything
    to: [receiver, archive]
  - name: ads
    when: event.name in ["page_view", "purchase"]
    to: [meta]
`;

/** The rules of a YAML text, which must be without problems. */
export function rulesOf(text: string, known: readonly string[] = ['receiver', 'archive', 'meta']) {
  const { rules: compiled, problems } = compileRules([{ file: 'rules.yaml', text }], { destinations: known });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return compiled;
}

/** A configuration that holds what is undecided for half an hour, with changes. */
export function generationOf(changes: Partial<PipelineGeneration> = {}): PipelineGeneration {
  const destinationsOf = changes.destinations ?? bound;
  return {
    rules: rulesOf(rules),
    destinations: destinationsOf,
    whenUndecided: new Map([...destinationsOf.keys()].map((key) => [key, 'hold'])),
    holdMs: 30 * 60_000,
    definition: compileDefinition(sessionConfigSchema.parse({})),
    policy,
    ...changes,
  };
}

/** A pipeline on a data file of its own. `take` logs events as the edge does and works through them. */
export function startPipeline(generation = generationOf(), nowMs = startMs) {
  const { path, writer, close } = openStore();
  const reader = openReading(path);
  const tally = createTally();
  const logged: string[] = [];
  const note = (_facts: object, message: string): void => void logged.push(message);
  const tools = { nowMs, tally, log: { debug: note, info: note, warn: note, error: note } };
  const run = () => {
    const queuedFor = new Set<string>();
    let lines = 0;
    for (;;) {
      const batch = runBatch(writer, 100, generation, tools);
      lines += batch.lines;
      for (const destination of batch.queuedFor) queuedFor.add(destination);
      if (batch.lines === 0) return { lines, queuedFor };
    }
  };
  const take = (...events: readonly Event[]) => {
    logLines(
      writer,
      events.map((event) => redact(event, [], policy).line),
      nowMs,
    );
    return run();
  };
  return {
    path,
    writer,
    close,
    reader,
    tally,
    logged,
    run,
    take,
    expire: (atMs: number) => expireHeld(writer, atMs, tally),
    /** The decisions on the first event with this id, as `reason` or `reason destination`. */
    decisions: (id: string) => decisionsOf(reader.find(id, 1)[0]?.decisions ?? []),
    event: (id: string): JsonObject => reader.find(id, 1)[0]?.event ?? {},
    /** Ids of the events queued for a destination so far, in order. */
    queued: (destination: string) => payloadsOf(writer.take(destination, 1000, nowMs)),
  };
}

function decisionsOf(
  decisions: readonly { reason: string; destination?: string; rule?: string }[],
): readonly string[] {
  return decisions.map(({ reason, destination, rule }) =>
    [reason, destination ?? rule].filter(Boolean).join(' '),
  );
}

function payloadsOf(items: readonly OutboxItem[]) {
  return items.map(({ eventId, payload }) => {
    const parsed: unknown = JSON.parse(payload);
    return { eventId, body: isJsonObject(parsed) && isJsonObject(parsed['body']) ? parsed['body'] : {} };
  });
}

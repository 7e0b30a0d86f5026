import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { BoundDestination, Destination } from '../../src/contract/destination.ts';
import { type ConsentNeeds, gate } from '../../src/contract/permit.ts';
import { consentTypeSchema } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import { isRefusal } from '../../src/model/refusal.ts';

const needsSchema = z.strictObject({
  required: z.array(consentTypeSchema),
  optional: z.array(consentTypeSchema),
});

const settingsSchema = z.record(z.string(), z.unknown());

const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    status: z.int(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default(''),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    error: z.enum(['timeout', 'network', 'refused_address', 'disk', 'credentials']),
    message: z.string(),
  }),
]);

/** An event goes in; a payload (and the request made of it at `requestAtMs`) or a refusal comes out. */
const eventCaseSchema = z.strictObject({
  title: z.string(),
  settings: settingsSchema.default({}),
  event: eventSchema,
  expect: z.union([
    z.strictObject({ refused: z.string(), message: z.string().exactOptional() }),
    z.strictObject({ payload: z.json(), request: z.json().exactOptional() }),
  ]),
});

/** An answer comes back; one outcome for the one event sent. */
const answerCaseSchema = z.strictObject({
  title: z.string(),
  settings: settingsSchema.default({}),
  answer: answerSchema,
  expect: z.strictObject({ outcome: z.json() }),
});

const goldenSchema = z.strictObject({
  /** For a destination whose needs whoever configures it declares. */
  needs: needsSchema.exactOptional(),
  /** What every case's own settings are added to. */
  settings: settingsSchema,
  /** Kinds of case that this destination cannot have, and why. */
  never: z.partialRecord(z.enum(['rejected']), z.string()).default({}),
  /** Only here to hold the anchors. */
  anchors: z.unknown(),
  cases: z.array(z.union([eventCaseSchema, answerCaseSchema])),
});

export type Golden = z.output<typeof goldenSchema>;
export type EventCase = z.output<typeof eventCaseSchema>;
export type AnswerCase = z.output<typeof answerCaseSchema>;

/** The moment at which the golden files' requests are made: 2026-11-23T10:00:05Z. */
export const requestAtMs = 1_795_428_005_000;

/** The site's storage policy that the golden files assume. */
const policy = {
  plainParameters: new Set(['utm_source', 'utm_medium', 'utm_campaign']),
  clickIdParameters: new Set([
    ...['gclid', 'gbraid', 'wbraid', 'fbclid'],
    ...['ttclid', 'msclkid', 'li_fat_id', 'epik'],
  ]),
};

/** The golden file of a destination; throws where there is none. */
export function goldenOf(name: string): Golden {
  const url = new URL(`../golden/destinations/${name}.yaml`, import.meta.url);
  return goldenSchema.parse(parse(readFileSync(url, 'utf8'), { merge: true, maxAliasCount: -1 }));
}

/** The destination with the golden file's settings and the given ones inside. */
export function bindGolden(
  destination: Destination,
  golden: Golden,
  settings: Readonly<Record<string, unknown>> = {},
): BoundDestination {
  return destination.bind(
    destination.name,
    { ...golden.settings, ...settings },
    needsOf(destination, golden),
  );
}

/** What the bound destination makes of the event: through the consent gate, as in the pipeline. */
export function buildOf(bound: BoundDestination, event: Event) {
  const permit = gate(event, bound.key, bound.needs, policy);
  return isRefusal(permit) ? permit : bound.build(permit);
}

function needsOf(destination: Destination, golden: Golden): ConsentNeeds {
  if (destination.needs !== 'declared') return destination.needs;
  if (golden.needs === undefined) throw new Error(`${destination.name}: the golden file must declare needs`);
  return golden.needs;
}

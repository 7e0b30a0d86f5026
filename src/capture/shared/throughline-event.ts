import { z } from 'zod';
import type { Commerce, Page } from '../../model/event.ts';
import type { Draft, Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { recordSignals } from './consent-records.ts';
import { splitContact } from './contact.ts';
import { consentText, hasKeys, readNumber, readTimeMs, withoutKeys } from './fields.ts';
import { ga4ItemNames, readItem } from './items.ts';
import { maxNameCharacters } from './limits.ts';

/**
 * One event of our own JSON as a draft, or why it is none. Keys that are not known are kept under `properties`.
 * Only a server's word counts for `userAgent`, `ip` and `clientId`: a browser's own request tells the first two, and
 * its cookie the third.
 */
export function readThroughlineEvent(raw: JsonObject, sentBy: Draft['sentBy'], at: string): Draft | Reject {
  const event = isOrdinary(raw) ? raw : parse(raw);
  if (event instanceof z.ZodError) return invalid(event, at);
  const page = pageOf(event);
  const commerce = commerceOf(event);
  const person = event.user ? splitContact(event.user) : undefined;
  const clientIds = clientIdsOf(event, sentBy);
  const signals = signalsOf(event);
  return {
    name: event.name,
    ...(event.id !== undefined && { id: event.id }),
    ...(event.time !== undefined && { occurredAtMs: event.time }),
    ...(event.sentAt !== undefined && { sentAtMs: event.sentAt }),
    sentBy,
    ...(page && { page }),
    ...(event.userId !== undefined && { userId: event.userId }),
    ...(clientIds && { clientIds }),
    ...(commerce && { commerce }),
    ...(person?.contact && { user: person.contact }),
    ...(event.engagementMs !== undefined && { engagementMs: Math.trunc(event.engagementMs) }),
    ...(event.screen !== undefined && { screen: event.screen }),
    ...(event.language !== undefined && { language: event.language }),
    ...(sentBy === 'server' && event.userAgent !== undefined && { userAgent: event.userAgent }),
    ...(sentBy === 'server' && event.ip !== undefined && { ip: event.ip }),
    ...(signals && { signals }),
    ...(sentBy === 'browser' && event.page?.link !== undefined && { link: event.page.link }),
    properties: propertiesOf(event, raw, person?.rest ?? {}),
  };
}

/** Null means absent: it is what clients write for a value that they do not have. */
function optional<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const idSchema = z
  .union([z.string(), z.number()], { error: 'expected a string or a number' })
  .transform(String)
  .refine((id) => id !== '' && id.length <= maxNameCharacters, {
    error: `expected 1 to ${maxNameCharacters} characters`,
  });

const nameSchema = z
  .string({ error: 'expected a name' })
  .max(maxNameCharacters)
  .refine((name) => name.trim() !== '', { error: 'expected a name' });

const timeSchema = z
  .union([z.number(), z.string()], { error: 'expected a time' })
  .transform((time, context) => {
    const atMs = readTimeMs(time);
    if (atMs !== undefined) return atMs;
    context.addIssue({ code: 'custom', message: 'expected milliseconds since 1970 or an ISO 8601 time' });
    return z.NEVER;
  });

/** Numbers come as text where a page read them from its own markup. */
const numberSchema = z.unknown().transform((given, context) => {
  const number = readNumber(given);
  if (number !== undefined) return number;
  context.addIssue({ code: 'custom', message: 'expected a number' });
  return z.NEVER;
});

const objectSchema = z.custom<JsonObject>(isJsonObject, { error: 'expected an object' });
const currencySchema = z
  .string()
  .regex(/^[a-z]{3}$/i, { error: 'expected a three-letter ISO 4217 code' })
  .transform((code) => code.toUpperCase());
const shortSchema = z.string().max(maxNameCharacters);

const commerceShape = {
  value: optional(numberSchema),
  currency: optional(currencySchema),
  transactionId: optional(idSchema),
  /** GA4's spelling, because it is what shops have in their data layers. */
  transaction_id: optional(idSchema),
  items: optional(z.array(objectSchema)),
  coupon: optional(z.string()),
  tax: optional(numberSchema),
  shipping: optional(numberSchema),
};
const commerceSchema = z.object(commerceShape);

const pageSchema = z.object({
  url: optional(z.string()),
  referrer: optional(z.string()),
  title: optional(z.string()),
  loadId: optional(shortSchema),
  link: optional(z.string()),
});

/** What an event may hold; the checks of `isOrdinary` are a part of it. */
export const eventSchema = z.object({
  v: z.unknown().optional(),
  name: nameSchema,
  id: optional(idSchema),
  time: optional(timeSchema),
  sentAt: optional(timeSchema),
  page: optional(pageSchema),
  loadId: optional(shortSchema),
  userId: optional(idSchema),
  clientId: optional(idSchema),
  clientIds: optional(z.record(shortSchema, idSchema)),
  ...commerceShape,
  commerce: optional(commerceSchema),
  user: optional(objectSchema),
  engagementMs: optional(numberSchema.refine((ms) => ms >= 0, { error: 'expected 0 or more' })),
  screen: optional(shortSchema),
  language: optional(shortSchema),
  userAgent: optional(z.string()),
  ip: optional(shortSchema),
  consent: z.custom<Json>().optional(),
  consentRecords: z.custom<Json>().optional(),
  gpc: z.unknown().optional(),
  properties: optional(objectSchema),
});

type ThroughlineEvent = z.infer<typeof eventSchema>;

const eventKeys = new Set(Object.keys(eventSchema.shape));
const pageKeys = new Set(Object.keys(pageSchema.shape));
const commerceKeys = new Set(Object.keys(commerceShape));

function parse(raw: JsonObject): ThroughlineEvent | z.ZodError {
  const parsed = eventSchema.safeParse(raw);
  return parsed.success ? parsed.data : parsed.error;
}

type Check = (value: Json) => boolean;
/** One for each key of a schema: a key without one would pass unseen. */
type Checks<Shape> = Readonly<Record<keyof Shape, Check>>;

function checksOf<Shape>(checks: Checks<Shape>): ReadonlyMap<string, Check> {
  return new Map(Object.entries<Check>(checks));
}

const isAnything: Check = () => true;
const isText: Check = (value) => typeof value === 'string';
const isShort: Check = (value) => typeof value === 'string' && value.length <= maxNameCharacters;
const isId: Check = (value) => isShort(value) && value !== '';
const isNumber: Check = (value) => typeof value === 'number';
const isCurrency: Check = (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value);

const commerceChecks: Checks<typeof commerceShape> = {
  value: isNumber,
  currency: isCurrency,
  transactionId: isId,
  transaction_id: isId,
  items: (value) => Array.isArray(value) && value.every(isJsonObject),
  coupon: isText,
  tax: isNumber,
  shipping: isNumber,
};

const ordinaryPage = checksOf<typeof pageSchema.shape>({
  url: isText,
  referrer: isText,
  title: isText,
  loadId: isShort,
  link: isText,
});
const ordinaryCommerce = checksOf<typeof commerceShape>(commerceChecks);

const ordinaryEvent = checksOf<typeof eventSchema.shape>({
  name: (value) => isId(value) && typeof value === 'string' && value.trim() !== '',
  id: isId,
  time: Number.isInteger,
  sentAt: Number.isInteger,
  page: (value) => isJsonObject(value) && passes(value, ordinaryPage),
  loadId: isShort,
  userId: isId,
  clientId: isId,
  clientIds: () => false,
  ...commerceChecks,
  commerce: (value) => isJsonObject(value) && passes(value, ordinaryCommerce),
  user: isJsonObject,
  engagementMs: (value) => typeof value === 'number' && value >= 0,
  screen: isShort,
  language: isShort,
  userAgent: isText,
  ip: isShort,
  properties: isJsonObject,
  v: isAnything,
  consent: isAnything,
  consentRecords: isAnything,
  gpc: isAnything,
});

/**
 * True for an event that the schema would take exactly as it is: nearly all of them, at a sixth of the schema's cost.
 * False says nothing; the schema decides then, and words what is wrong.
 */
export function isOrdinary(raw: JsonObject): raw is JsonObject & ThroughlineEvent {
  return raw['name'] !== undefined && passes(raw, ordinaryEvent);
}

function passes(object: JsonObject, checks: ReadonlyMap<string, Check>): boolean {
  for (const key in object) {
    const value = object[key];
    if (value !== undefined && checks.get(key)?.(value) === false) return false;
  }
  return true;
}

function invalid(error: z.ZodError, at: string): Reject {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const where = `${at}${path.join('')}`;
  return {
    reason: 'refused_invalid',
    at: where.startsWith('.') ? where.slice(1) : where,
    message: issue?.message ?? 'not an event',
  };
}

function pageOf({ page, loadId }: ThroughlineEvent): Page | undefined {
  const ownLoadId = page?.loadId ?? loadId;
  const found: Page = {
    ...(page?.url !== undefined && { url: page.url }),
    ...(page?.referrer !== undefined && { referrer: page.referrer }),
    ...(page?.title !== undefined && { title: page.title }),
    ...(ownLoadId !== undefined && { loadId: ownLoadId }),
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

/** Stated beside the name or under `commerce`; the latter wins. */
function commerceOf(event: ThroughlineEvent): Commerce | undefined {
  const own = event.commerce;
  const value = own?.value ?? event.value;
  const currency = own?.currency ?? event.currency;
  const order = own?.transactionId ?? own?.transaction_id ?? event.transactionId ?? event.transaction_id;
  const items = own?.items ?? event.items;
  const coupon = own?.coupon ?? event.coupon;
  const tax = own?.tax ?? event.tax;
  const shipping = own?.shipping ?? event.shipping;
  const found: Commerce = {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(order !== undefined && { transactionId: order }),
    ...(items !== undefined && { items: items.map((item) => readItem(item, ga4ItemNames)) }),
    ...(coupon !== undefined && { coupon }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

function clientIdsOf(event: ThroughlineEvent, sentBy: Draft['sentBy']): Draft['clientIds'] {
  const own = sentBy === 'server' ? event.clientId : undefined;
  if (own === undefined) return event.clientIds;
  return { ...event.clientIds, throughline: own };
}

function signalsOf({ consent, consentRecords, gpc }: ThroughlineEvent): Draft['signals'] {
  const hasConsent = consent !== undefined && consent !== null;
  const hasGpc = gpc === true || gpc === 1 || gpc === '1';
  if (!hasConsent && !hasGpc && consentRecords === undefined) return undefined;
  const signals = {
    ...recordSignals(consentRecords),
    ...(hasConsent && { consent: consentText(consent) }),
    ...(hasGpc && { gpc: '1' }),
  };
  return hasKeys(signals) ? signals : undefined;
}

function propertiesOf(event: ThroughlineEvent, raw: JsonObject, traits: JsonObject): JsonObject {
  const unknown = withoutKeys(raw, eventKeys);
  const page = isJsonObject(raw['page']) ? withoutKeys(raw['page'], pageKeys) : {};
  const commerce = isJsonObject(raw['commerce']) ? withoutKeys(raw['commerce'], commerceKeys) : {};
  return {
    ...unknown,
    ...(hasKeys(page) && { page }),
    ...(hasKeys(commerce) && { commerce }),
    ...(hasKeys(traits) && { traits }),
    ...event.properties,
  };
}

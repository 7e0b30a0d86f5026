import { z } from 'zod';
import { consentSchema } from './consent.ts';
import type { DeepReadonly, Json } from './json.ts';
import { touchSchema } from './touch.ts';

const jsonSchema: z.ZodType<Json> = z.json();

export const itemSchema = z.strictObject({
  id: z.string().exactOptional().describe('item_id, the SKU.'),
  name: z.string().exactOptional().describe('item_name.'),
  brand: z.string().exactOptional(),
  category: z.string().exactOptional(),
  variant: z.string().exactOptional(),
  coupon: z.string().exactOptional(),
  price: z.number().exactOptional().describe("Unit price in major units of the event's currency."),
  quantity: z.number().exactOptional(),
  discount: z.number().exactOptional(),
  index: z.number().exactOptional().describe('Position in a list, from 0.'),
  extra: z
    .record(z.string(), jsonSchema)
    .exactOptional()
    .describe('What the tracker sent beside the named fields.'),
});

export const commerceSchema = z.strictObject({
  value: z.number().exactOptional().describe('In major units of `currency`, such as 42.5.'),
  currency: z.string().exactOptional().describe('ISO 4217, upper case.'),
  transactionId: z.string().exactOptional().describe('The order id.'),
  items: z.array(itemSchema).exactOptional(),
  coupon: z.string().exactOptional(),
  tax: z.number().exactOptional(),
  shipping: z.number().exactOptional(),
});

export const contactSchema = z.strictObject({
  emails: z.array(z.string()).exactOptional(),
  phones: z.array(z.string()).exactOptional().describe('As given, E.164 where the tracker knows it.'),
  firstName: z.string().exactOptional(),
  lastName: z.string().exactOptional(),
  gender: z.string().exactOptional(),
  birthDate: z.string().exactOptional().describe('YYYY-MM-DD.'),
  street: z.string().exactOptional(),
  city: z.string().exactOptional(),
  region: z.string().exactOptional(),
  postalCode: z.string().exactOptional(),
  country: z.string().exactOptional().describe('ISO 3166-1 alpha-2.'),
});

export const pageSchema = z.strictObject({
  url: z.string().exactOptional().describe("The page's full address."),
  referrer: z.string().exactOptional(),
  title: z.string().exactOptional(),
  loadId: z.string().exactOptional().describe('Random token of one page life, kept in page memory only.'),
});

export const visitorSchema = z.strictObject({
  key: z.string().describe('The key that everything stateful goes by.'),
  isNew: z.boolean().describe('The key was made with this hit.'),
  firstSeenAtMs: z.int().describe('When the key was made, UTC milliseconds.'),
  userId: z.string().exactOptional().describe("The site's own id for a logged-in user."),
  clientIds: z
    .record(z.string(), z.string())
    .describe('Ids that other tools gave this browser, such as `ga`, `segment`, `fbp`.'),
});

export const eventSessionSchema = z.strictObject({
  id: z.string(),
  number: z.int().describe("1 for the visitor's first session."),
  startedAtMs: z.int(),
  isStart: z.boolean().describe('This event began the session.'),
  isEngaged: z.boolean(),
  engagementMs: z.int(),
});

export const clientSchema = z.strictObject({
  language: z.string().exactOptional(),
  userAgent: z.string().exactOptional().describe('Kept only where analytics_storage is granted.'),
  browser: z.string().exactOptional(),
  browserVersion: z.string().exactOptional().describe('Major version.'),
  os: z.string().exactOptional(),
  device: z.enum(['desktop', 'mobile', 'tablet', 'tv', 'other']).exactOptional(),
  screen: z.string().exactOptional().describe('Width x height, such as `1280x720`.'),
  country: z.string().exactOptional().describe('ISO 3166-1 alpha-2.'),
  region: z.string().exactOptional().describe('ISO 3166-2 subdivision, such as `US-CA`.'),
  ip: z
    .string()
    .exactOptional()
    .describe('Kept only where the site stores addresses and ad_user_data is granted.'),
  isBot: z.boolean(),
  botReason: z.string().exactOptional().describe('The pattern that matched.'),
});

export const eventSchema = z.strictObject({
  id: z.string().describe('Idempotency key: the same id on the same site is the same event.'),
  name: z.string().describe("GA4's event names where one fits: `page_view`, `purchase`."),
  site: z.string().describe("The site's key in the configuration."),
  protocol: z.string().describe('The capture protocol that decoded it.'),
  sentBy: z
    .enum(['browser', 'server', 'gateway'])
    .describe('Who sent it; `gateway`: a page view seen while proxying.'),
  occurredAtMs: z.int().describe("When it happened, corrected for the client's clock, UTC milliseconds."),
  receivedAtMs: z.int().describe('When it reached the gateway, UTC milliseconds.'),
  page: pageSchema.exactOptional(),
  visitor: visitorSchema.exactOptional().describe('Absent where analytics_storage is not granted.'),
  session: eventSessionSchema.exactOptional().describe('Absent where there is no visitor.'),
  campaign: z.strictObject({
    touch: touchSchema.exactOptional().describe('What this event itself carries.'),
    session: touchSchema.exactOptional().describe('What its session is attributed to.'),
    first: touchSchema.exactOptional().describe("The visitor's first known touch."),
  }),
  consent: consentSchema,
  client: clientSchema,
  commerce: commerceSchema.exactOptional(),
  user: contactSchema.exactOptional().describe('Contact data; kept only where ad_user_data is granted.'),
  engagementMs: z.int().exactOptional().describe('Foreground milliseconds since the previous event.'),
  properties: z.record(z.string(), jsonSchema).describe('Everything else the tracker sent.'),
});

/** The canonical event. */
export type Event = DeepReadonly<z.infer<typeof eventSchema>>;
export type Item = DeepReadonly<z.infer<typeof itemSchema>>;
export type Commerce = DeepReadonly<z.infer<typeof commerceSchema>>;
/** Contact data as the tracker sent it; normalised and hashed only in contract/hash. */
export type Contact = DeepReadonly<z.infer<typeof contactSchema>>;
export type Page = DeepReadonly<z.infer<typeof pageSchema>>;
export type Visitor = DeepReadonly<z.infer<typeof visitorSchema>>;
export type EventSession = DeepReadonly<z.infer<typeof eventSessionSchema>>;
export type Client = DeepReadonly<z.infer<typeof clientSchema>>;
export type Campaign = Event['campaign'];

import { z } from 'zod';
import { consentTypeSchema } from '../model/consent.ts';
import type { Json, JsonObject } from '../model/json.ts';

const jsonSchema: z.ZodType<Json> = z.json();
const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), jsonSchema);

const expressionSchema = z.union([z.string().min(1), z.number(), z.boolean()]);
const pathSchema = z.string().min(1).max(200);
const nameSchema = z.string().min(1).max(100);
const destinationsSchema = z.array(z.string().min(1)).min(1);

export const caseSchema = z.strictObject({
  name: nameSchema.describe('What the test shows, as a sentence.'),
  event: jsonObjectSchema.describe(
    'The parts of the event that matter; the rest is filled in, with every consent granted. `null` takes a part away. Example: `{ name: purchase, commerce: { value: 42 } }`.',
  ),
  expect: z
    .strictObject({
      to: z
        .array(z.string())
        .describe('Exactly the destinations that the rules send the event to; `[]` for none. Order is free.'),
      values: z
        .record(z.string(), z.record(z.string(), jsonSchema))
        .default({})
        .describe('For a destination: paths of the mapped event and their values; `null` for absent.'),
    })
    .describe('What the rules must make of the event.'),
});

/** One test of a rule file: given an event, expect destinations and values. */
export type Case = z.infer<typeof caseSchema>;

const ruleSchema = z.strictObject({
  name: nameSchema.describe('Unique over all rule files; decision records and the debugger show it.'),
  description: z.string().exactOptional().describe('Why the rule is there, for people.'),
  enabled: z.boolean().default(true).describe('`false` switches the rule off; it is still checked.'),
  when: expressionSchema
    .default('true')
    .describe(
      'A CEL expression over `event`; the rule matches where it is true. A field that is missing makes it not match. Example: `event.name == "purchase" && event.commerce.value > 100`.',
    ),
  to: destinationsSchema.describe(
    'Keys of the destinations that get the event; each gets it once, however many rules name it. Example: `[receiver]`.',
  ),
  set: z
    .record(pathSchema, expressionSchema)
    .default({})
    .describe(
      'Fields to set, each to a CEL expression; what cannot be computed is left as it is. Example: `{ properties.tier: \'"gold"\' }`.',
    ),
  rename: z
    .record(pathSchema, pathSchema)
    .default({})
    .describe('Fields to move, from: to. Done after `set`. Example: `{ properties.total: commerce.value }`.'),
  remove: z
    .array(pathSchema)
    .default([])
    .describe('Fields to leave out. Done after `rename`. Example: `[page.referrer, commerce.items.coupon]`.'),
  consent: z
    .array(consentTypeSchema)
    .default([])
    .describe(
      'Consent types that must be granted beside those the destination needs; can only make it stricter. Example: `[ad_user_data]`.',
    ),
  sample: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'The share of visitors whose matching events go on, 0 to 1; a visitor is always in or always out.',
    ),
});

/** One rule as YAML gives it, defaults filled in. */
export type RuleConfig = z.infer<typeof ruleSchema>;

const transformationSchema = z
  .strictObject({
    name: nameSchema.describe('Unique over all rule files.'),
    to: z
      .union([z.literal('all'), destinationsSchema])
      .describe('`all`, or the keys of the destinations whose events it changes. Example: `[archive]`.'),
    allow: z
      .array(pathSchema)
      .exactOptional()
      .describe(
        'Keeps only these fields, and those that an event is never without. Example: `[page.url, commerce]`.',
      ),
    augment: z
      .record(pathSchema, expressionSchema)
      .exactOptional()
      .describe(
        'Sets fields, as `set` of a rule does. Example: `{ properties.host: host(event.page.url) }`.',
      ),
    redact: z
      .array(pathSchema)
      .exactOptional()
      .describe('Leaves fields out. Example: `[user, page.referrer]`.'),
  })
  .refine(
    ({ allow, augment, redact }) =>
      [allow, augment, redact].filter((kind) => kind !== undefined).length === 1,
    'needs exactly one of allow, augment and redact',
  );

/** One transformation: what every event on its way to some destinations goes through. */
export type TransformationConfig = z.infer<typeof transformationSchema>;

/** A YAML rule file, as the folder `rules/` holds them. */
export const ruleFileSchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .default([])
    .describe('Which events go to which destinations, and how they change.'),
  transformations: z
    .array(transformationSchema)
    .default([])
    .describe('Changes to every event of all, some or one destination, after the rules, in this order.'),
  tests: z.array(caseSchema).default([]).describe('Tests, run by `throughline rules test`.'),
});

/** What one YAML rule file says. */
export type RuleFileConfig = z.infer<typeof ruleFileSchema>;

import { z } from 'zod';
import { eventSchema } from '../model/event.ts';
import { campaignLabels } from './parameter-kinds.ts';
import { parameterNamed } from './parameters.ts';

const ownParameterSchema = z
  .strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[\w.~-]+$/, { error: 'Write a parameter name such as partner_click, without ?, & and =.' })
      .refine((name) => parameterNamed(name.toLowerCase()) === undefined, {
        error: 'This parameter is known already; see docs/reference/parameters.md. Take the entry out.',
      })
      .describe(
        'The parameter as addresses have it; case does not matter. A name that is shipped as ambiguous, such as `via`, ' +
          'brings its platform and lifetime along. Example: `partner_click`.',
      ),
    kind: z
      .enum(['label', 'clickId', 'campaign'])
      .describe(
        '`clickId`: it identifies one click, and goes wherever ad_storage is not granted. `label`: it stands for one ' +
          'of the nine campaign labels. `campaign`: it says more of the campaign and nothing of a person.',
      ),
    label: z
      .enum(campaignLabels)
      .exactOptional()
      .describe(
        'Which label it stands for, such as `campaign`; needed for a label. The utm parameter of the same label wins ' +
          'over it. No default.',
      ),
    platform: z
      .string()
      .max(64)
      .exactOptional()
      .describe('Whose parameter it is, such as `Partner network`. Default: `own`.'),
    lifetimeDays: z
      .int()
      .min(1)
      .max(400)
      .exactOptional()
      .describe('Days for which the platform credits a click id. Default 30.'),
  })
  .refine(({ kind, label }) => (kind === 'label') === (label !== undefined), {
    path: ['label'],
    error: 'A parameter of the kind `label` names its label, and no other kind has one.',
  })
  .refine(({ kind, name }) => kind !== 'clickId' || !isEventField(name.toLowerCase()), {
    path: ['name'],
    error: "This is the name of an event's own field and cannot be a click id; list it as `campaign`.",
  });

/** `campaign.parameters` of the configuration. */
export const ownParametersSchema = z
  .array(ownParameterSchema)
  .max(200)
  .default([])
  .describe(
    'Campaign parameters of your own, added to the shipped list (docs/reference/parameters.md): kept over redirects, ' +
      'read into touches and, where they are click ids, bound to ad_storage. ' +
      'Example: `[{ name: partner_click, kind: clickId, platform: Partner network, lifetimeDays: 45 }]`. Default `[]`.',
  );

let eventFields: ReadonlySet<string> | undefined;

/**
 * The name, in lower case, is one of the event's own fields. Where ad_storage is not granted, storage takes out whatever
 * stands under the name of an id, so such an id would take the event apart.
 */
function isEventField(name: string): boolean {
  eventFields ??= new Set(fieldsOf(z.toJSONSchema(eventSchema, { unrepresentable: 'any' })));
  return eventFields.has(name);
}

/** Every key that a JSON Schema names, at any depth, in lower case. */
function* fieldsOf(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const field of Object.keys(value)) yield field.toLowerCase();
    yield* fieldsOf(value);
  }
}

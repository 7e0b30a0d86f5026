import { z } from 'zod';
import type { ConsentType } from '../model/consent.ts';
import { consentTypeSchema } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { Case } from './schema.ts';
import { caseSchema } from './schema.ts';

/** What the author of a TypeScript rule writes. */
export interface RuleSpec {
  /** Unique over all rule files. */
  readonly name: string;
  readonly description?: string;
  /** Keys of the destinations that get the event. */
  readonly to: readonly string[];
  /** Pure and synchronous. A throw counts as not matched. */
  readonly when: (event: Event) => boolean;
  /** Pure. Gets a copy; id, site, consent and visitor key stay as they were. A throw: the rule does not apply. */
  readonly map?: (event: Event) => Event;
  /** Consent types that must be granted beside those the destination needs. */
  readonly consent?: readonly ConsentType[];
  /** 0 to 1, default 1. */
  readonly sample?: number;
  /** Default true. */
  readonly enabled?: boolean;
  readonly tests?: readonly z.input<typeof caseSchema>[];
}

/** A rule that a TypeScript module exports. */
export interface RuleDefinition extends Omit<RuleSpec, 'tests'> {
  readonly kind: 'rule';
  readonly tests: readonly Case[];
}

/** What a rule module holds, or why it cannot be used. */
export type RuleModule = readonly RuleDefinition[];

/** Makes a rule of what its author wrote. Throws a ZodError where a test is malformed, when the module is loaded. */
export function defineRule(spec: RuleSpec): RuleDefinition {
  return { ...spec, kind: 'rule', tests: z.array(caseSchema).parse(spec.tests ?? []) };
}

const definitionSchema = z.object({
  kind: z.literal('rule'),
  name: z.string().min(1),
  to: z.array(z.string()).min(1),
  when: z.custom<RuleSpec['when']>((value) => typeof value === 'function'),
  map: z.custom<NonNullable<RuleSpec['map']>>((value) => typeof value === 'function').exactOptional(),
  consent: z.array(consentTypeSchema).exactOptional(),
  sample: z.number().min(0).max(1).exactOptional(),
  enabled: z.boolean().exactOptional(),
  tests: z.array(caseSchema),
});

/** The rules among a loaded module's exports, single or in lists, in the order of their export names. */
export function rulesOfModule(exports: Readonly<Record<string, unknown>>): RuleModule {
  return Object.entries(exports)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .flatMap((value: unknown) => {
      const parsed = definitionSchema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
}

import { z } from 'zod';
import type { DeepReadonly } from './json.ts';

/** The seven Google Consent Mode types, the field's common tongue for purposes. */
export const consentTypes = [
  'ad_storage',
  'analytics_storage',
  'ad_user_data',
  'ad_personalization',
  'functionality_storage',
  'personalization_storage',
  'security_storage',
] as const;

export const consentTypeSchema = z.enum(consentTypes);

/** One of the seven Consent Mode types. */
export type ConsentType = z.infer<typeof consentTypeSchema>;

/** What one signal says of one type; `unset` is "said nothing", which is never a grant. */
export type ConsentState = 'granted' | 'denied' | 'unset';

/**
 * How much a statement weighs.
 * `choice`: the visitor decided (a consent update, a CMP record). `default`: the page's setting before any choice;
 * a default of denied denies but leaves the visitor undecided, a default of granted never becomes basis `signal`.
 */
export type StatementWeight = 'choice' | 'default';

/** What one consent source read from one hit. */
export interface Statement {
  /** The source's name, as in the configuration and in decision records. */
  readonly source: string;
  /** What it says of each type; a missing type is `unset`. */
  readonly types: Partial<
    Record<ConsentType, { readonly state: ConsentState; readonly weight: StatementWeight }>
  >;
  /** True: the visitor opted out of sale, sharing and targeted advertising (GPC, GPP, USP). Never a grant when false. */
  readonly optOut?: boolean;
  /** True: the visitor did not agree to the processing of sensitive data (a US section of GPP). */
  readonly isSensitiveDenied?: boolean;
  /**
   * What single vendors may act by, by their number in a framework (`tcf:755`); a type that is missing there is refused to
   * the vendor. Where it is set, the advertising that the statement grants is granted to these vendors only.
   */
  readonly vendors?: Readonly<Record<string, readonly ConsentType[]>>;
  /** The statement counts under this regime only: a TC string on a page that says the GDPR does not apply. */
  readonly onlyIn?: Regime;
  /** Set where a part of the signal is of a kind that is not known yet; it has no effect, and is shown. */
  readonly note?: string;
  /** Set when the signal was there and could not be read: what was wrong, in words, without its value. */
  readonly problem?: string;
}

/** Why a type ended as it did: a signal of the visitor's, the page's default, or the region's default. */
export const consentBases = ['signal', 'page_default', 'region_default'] as const;

export const answerSchema = z.strictObject({
  granted: z.boolean().describe('Whether the type is granted. Only true permits anything.'),
  basis: z.enum(consentBases).describe('What decided: `signal`, `page_default` or `region_default`.'),
  by: z
    .string()
    .describe('The source that decided, such as `consent-mode`, or the regime for a region default.'),
  isOptOut: z
    .literal(true)
    .exactOptional()
    .describe('Nothing but an opt-out of sale and sharing denies it: without that it would be granted.'),
  vendorsOnly: z
    .literal(true)
    .exactOptional()
    .describe('Granted only to the vendors that `vendors` allows it; nobody else was named to the visitor.'),
});

/** One type's resolved answer. Undecided is: not granted, and the basis is not `signal`. */
export type Answer = DeepReadonly<z.infer<typeof answerSchema>>;

export const regimes = ['opt_in', 'opt_out'] as const;

/** `opt_in`: nothing without a grant. `opt_out`: granted until the visitor opts out. */
export type Regime = (typeof regimes)[number];

export const consentSchema = z.strictObject({
  regime: z.enum(regimes).describe('The regional regime that applied.'),
  region: z
    .string()
    .exactOptional()
    .describe(
      'ISO 3166 country or country-subdivision that chose the regime, in the US the state where it is known; absent: unknown.',
    ),
  isSensitive: z
    .literal(true)
    .exactOptional()
    .describe(
      "Seen in a section of the site that is marked sensitive: a region's default grants nothing there.",
    ),
  types: z.strictObject({
    ad_storage: answerSchema,
    analytics_storage: answerSchema,
    ad_user_data: answerSchema,
    ad_personalization: answerSchema,
    functionality_storage: answerSchema,
    personalization_storage: answerSchema,
    security_storage: answerSchema,
  }),
  optedOut: z.boolean().describe('The visitor opted out of sale, sharing and targeted advertising.'),
  isSensitiveDenied: z
    .literal(true)
    .exactOptional()
    .describe('A US string says that the visitor did not agree to the processing of sensitive data.'),
  vendors: z
    .record(z.string(), z.array(consentTypeSchema))
    .exactOptional()
    .describe(
      'What the vendors of destinations may act by, as TC and AC strings say, such as `{ "tcf:755": [ad_storage] }`.',
    ),
  sources: z.array(z.string()).describe('Every source that was read, in name order.'),
  problems: z.array(z.string()).describe('Signals that were there and could not be read, or not whole.'),
});

/** The resolved consent of one event: a definite answer for each type, and which signal said so. */
export type Consent = DeepReadonly<z.infer<typeof consentSchema>>;

/** True when the type is granted; the only question any code may ask before it stores, sets or sends. */
export function isGranted(consent: Consent, type: ConsentType): boolean {
  return consent.types[type].granted;
}

/** True when the type is not granted because nobody has decided yet (so the event may be held). */
export function isUndecided(consent: Consent, type: ConsentType): boolean {
  const answer = consent.types[type];
  return !answer.granted && answer.basis !== 'signal';
}

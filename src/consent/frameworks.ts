import { z } from 'zod';
import type { ConsentSource } from '../contract/consent-source.ts';
import type { VendorIds } from '../contract/vendor.ts';
import { additionalConsentSource } from './sources/additional-consent.ts';
import { gppSource } from './sources/gpp.ts';
import { tcfSource } from './sources/tcf.ts';

/** The options of the consent frameworks and of the browsers' older signal, as a part of the `consent` schema. */
export const frameworkShape = {
  tcf: z
    .strictObject({
      cookies: z
        .array(
          z
            .string()
            .regex(
              /^[\w!#$%&'*+.^`|~-]{1,64}$/,
              "A cookie name has 1 to 64 letters, digits and !#$%&'*+-.^_`|~ only.",
            ),
        )
        .max(8)
        .default([])
        .describe(
          'Cookies that hold a TC string besides `euconsent-v2` and `eupubconsent-v2`, such as `[__cmpconsent1234]`; at ' +
            'most 8. Default: `[]`.',
        ),
      analyticsPurposes: z
        .array(z.int().min(1).max(24))
        .max(24)
        .default([])
        .describe(
          'The purposes that grant analytics_storage where the visitor allows them, and purpose 1, to the site itself (the ' +
            "string's publisher segment), such as `[8, 9]`. It holds for the site and for destinations that are no vendor " +
            'of the framework. Default: `[]`, never.',
        ),
    })
    .prefault({})
    .describe("How IAB Europe's TC strings are found and read."),
  dnt: z
    .enum(['ignore', 'opt_out'])
    .default('ignore')
    .describe(
      'What the header `DNT: 1` means, such as `opt_out`: an opt-out like Global Privacy Control. Default: `ignore`.',
    ),
} as const;

/** What of the configuration the frameworks' sources take. */
export type FrameworkConfig = z.infer<z.ZodObject<typeof frameworkShape>>;

/** The same sources, those of the frameworks reading for the vendors of the destinations; without DNT where it is ignored. */
export function configureFrameworks(
  sources: readonly ConsentSource[],
  { tcf, dnt }: FrameworkConfig,
  vendors: readonly VendorIds[],
): readonly ConsentSource[] {
  const interest = { vendorIds: idsOf(vendors, 'tcf'), analyticsPurposes: tcf.analyticsPurposes };
  const made: Readonly<Record<string, ConsentSource>> = {
    'additional-consent': additionalConsentSource(idsOf(vendors, 'google')),
    gpp: gppSource(interest),
    tcf: tcfSource({ cookies: tcf.cookies, ...interest }),
  };
  return sources.flatMap((source) =>
    source.name === 'dnt' && dnt === 'ignore' ? [] : [made[source.name] ?? source],
  );
}

/** Each number once, in order, so that the order of destinations does not matter. */
function idsOf(vendors: readonly VendorIds[], list: keyof VendorIds): readonly number[] {
  const ids = vendors.flatMap((vendor) => vendor[list] ?? []);
  return [...new Set(ids)].sort((a, b) => a - b);
}

import { z } from 'zod';
import type { EdgeLinker } from '../linker.ts';

/** The part of a site's configuration that says what is changed in its proxied pages. */
export const rewriteConfigSchema = z.strictObject({
  metaRefresh: z
    .boolean()
    .default(false)
    .describe(
      'Add campaign labels and click ids that a `<meta http-equiv=refresh>` drops to the address it leads to, by the ' +
        'rules of `redirects`. Example: `true`. Default `false`.',
    ),
  links: z
    .boolean()
    .default(false)
    .describe(
      "Let links and forms to the site's other domains (`crossDomain`) carry the visitor's journey along. " +
        'Example: `true`. Default `false`.',
    ),
});

/** What a user writes. */
export type RewriteConfig = z.infer<typeof rewriteConfigSchema>;

/** What is done to the pages of one site. */
export type PageRewriting = Readonly<RewriteConfig>;

/** Null where there is nothing to do, so that the site's pages cost one look. */
export function compileRewriting(
  { metaRefresh, links }: RewriteConfig,
  linker: EdgeLinker | null,
): PageRewriting | null {
  const rewriting = { metaRefresh, links: links && linker !== null };
  return rewriting.metaRefresh || rewriting.links ? rewriting : null;
}

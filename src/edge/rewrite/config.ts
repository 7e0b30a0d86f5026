import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { LinkDecorator } from './decorator.ts';

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

/** Where a page is asked for, and by whom, as far as trusted proxies allow. */
export interface PageArrival {
  readonly hostname: string;
  readonly protocol: 'http' | 'https';
  readonly ip: string | null;
}

/**
 * The decorator for the page that a request asks for; null: its links stay as they are. Called before the upstream is
 * asked, so also for what turns out to be no page: whatever is costly waits until the decorator is asked about a link.
 */
export type DecoratorFor = (req: IncomingMessage, arrival: PageArrival) => LinkDecorator | null;

/** What is done to the pages of one site. */
export interface PageRewriting {
  readonly metaRefresh: boolean;
  readonly decoratorFor: DecoratorFor | null;
}

/** Null where the site asked for nothing, so that its pages cost one look. */
export function compileRewriting(
  { metaRefresh, links }: RewriteConfig,
  decoratorFor: DecoratorFor | null,
): PageRewriting | null {
  const decorates = links ? decoratorFor : null;
  return metaRefresh || decorates !== null ? { metaRefresh, decoratorFor: decorates } : null;
}

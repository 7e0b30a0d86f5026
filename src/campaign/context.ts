import { z } from 'zod';
import { companionsConfigSchema } from './companions.ts';
import { compileHosts } from './hosts.ts';
import { ignoredReferrers } from './ignored-referrers.ts';
import { ownParametersSchema } from './own-parameters.ts';
import { compileParameters, type ParameterRegistry } from './parameters.ts';

const hostPattern = /^=?(?:\*\.)?(?:[a-z0-9_-]+\.)+(?:\*|[a-z0-9-]+)$/i;

/** The `campaign` part of the configuration. */
export const campaignConfigSchema = z.strictObject({
  parameters: ownParametersSchema,
  companionCookies: companionsConfigSchema,
  ignoredReferrers: z
    .array(
      z.string().max(253).regex(hostPattern, {
        error: 'Write a host without scheme and path, such as pay.example.com or amazon.*.',
      }),
    )
    .max(1_000)
    .default([])
    .describe(
      'Hosts that visitors only come back from, such as your payment or sign-in provider; they never become a source. ' +
        'Added to the shipped list. A host stands for every host below it too, `=host` for itself alone, `host.*` ' +
        'for every public suffix. Example: `[pay.example.com, login.example.org]`. Default: `[]`.',
    ),
});

/** What the `campaign` part says, defaults filled in. */
export type CampaignConfig = z.infer<typeof campaignConfigSchema>;

/** What reading a touch needs to know of the site, compiled once. Hosts are lower case. */
export interface TouchContext {
  readonly isOwnHost: (host: string) => boolean;
  readonly isIgnoredReferrer: (host: string) => boolean;
  /** The shipped parameters and the site's own. */
  readonly parameters: ParameterRegistry;
}

/**
 * Compiles one site's context. `ownHosts`: the site's hosts and those it shares journeys with. Each stands for the
 * hosts below it too, and `www.shop.example` for `shop.example`.
 */
export function compileTouchContext(config: CampaignConfig, ownHosts: Iterable<string>): TouchContext {
  const own = compileHosts([...ownHosts].map((host) => [plainPattern(host), true]));
  const ignored = compileHosts(
    [...ignoredReferrers, ...config.ignoredReferrers].map((host) => [plainPattern(host), true]),
  );
  return {
    isOwnHost: (host) => own(host) === true,
    isIgnoredReferrer: (host) => ignored(host) === true,
    parameters: compileParameters(config.parameters),
  };
}

/** `*.example.com` is how many tools write what `example.com` means here. */
function plainPattern(pattern: string): string {
  return pattern
    .toLowerCase()
    .replace('*.', '')
    .replace(/^(=?)www\./, '$1');
}

import { z } from 'zod';
import { campaignConfigSchema } from '../campaign/context.ts';
import { linkerConfigSchema } from '../campaign/linker.ts';
import { lossConfigSchema } from '../campaign/loss-config.ts';
import { redirectPolicyConfigSchema } from '../campaign/redirect-policy.ts';
import { roundTripsConfigSchema } from '../campaign/round-trip-config.ts';
import { captureProtocols } from '../capture/index.ts';
import { consentConfigSchema } from '../consent/policy.ts';
import { sensitiveConfigSchema } from '../consent/sensitive.ts';
import { siteConsentSchema } from '../consent/source-config.ts';
import type { Destination } from '../contract/destination.ts';
import { retryConfigSchema } from '../delivery/retry.ts';
import { destinations } from '../destinations/index.ts';
import { canonicalConfigSchema } from '../edge/canonical.ts';
import { limitsConfigSchema } from '../edge/limits.ts';
import { rewriteConfigSchema } from '../edge/rewrite/config.ts';
import { geoConfigSchema } from '../enrich/geo.ts';
import { consentTypeSchema } from '../model/consent.ts';
import { secretSchema } from '../model/secret.ts';
import { logLevels } from '../observe/logger.ts';
import { sessionConfigSchema } from '../session/definition.ts';
import { canaryConfigSchema } from './canary-config.ts';

const hostSchema = z
  .string()
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$|^\[[0-9a-f:]+\]$/, {
    error: 'Write a host name in lower case, without scheme, port or path, such as shop.example.',
  });

const pathSchema = z.string().regex(/^(?:\/[A-Za-z0-9._~-]+)*$/, {
  error: 'Write a path such as /t, starting with / and not ending with it; an empty text means no prefix.',
});

const upstreamSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'Write an address such as http://127.0.0.1:3000.' })
    .describe('Where the site itself answers, such as `http://127.0.0.1:3000`.'),
  keepHost: z
    .boolean()
    .default(false)
    .describe(
      "Send the browser's Host header to the upstream instead of the upstream's own name. Default `false`.",
    ),
  timeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(60)
    .describe(
      'Longest wait for the first byte of an answer and between two chunks of it; then 504. Default 60.',
    ),
  connectTimeoutSeconds: z
    .number()
    .min(0.1)
    .max(120)
    .default(5)
    .describe('Longest wait for a connection. Default 5.'),
});

const siteSchema = z.strictObject({
  hosts: z
    .array(hostSchema)
    .min(1)
    .describe('Host names that this site answers, such as `[shop.example, www.shop.example]`.'),
  upstream: upstreamSchema
    .exactOptional()
    .describe('The server behind the gateway. Without one the site is a collector only.'),
  crossDomain: z
    .array(hostSchema)
    .default([])
    .describe(
      'Other hosts of the same journey, such as `[checkout.example]`: their pages may send hits, and they are never a referrer. Default `[]`.',
    ),
  cookieDomain: z
    .string()
    .default('auto')
    .describe(
      'Domain of the visitor cookie: `auto` (the registrable domain), `host` (this host only), or a domain such as `shop.example`. Default `auto`.',
    ),
  timezone: z
    .string()
    .default('UTC')
    .refine(isTimezone, { error: 'Write an IANA time zone such as Europe/Berlin.' })
    .describe("IANA time zone of the site's days, such as `Europe/Berlin`. Default `UTC`."),
  canonical: canonicalConfigSchema
    .prefault({})
    .describe(
      'Redirects that the gateway makes itself, all in one step and with the whole query. Off by default.',
    ),
  pageViews: z
    .enum(['script', 'gateway'])
    .default('script')
    .describe(
      'Who counts page views: `script` (the browser SDK or another tracker) or `gateway` (every proxied HTML navigation, for sites without any script). Default `script`.',
    ),
  rewrite: rewriteConfigSchema.prefault({}).describe('What is changed in proxied HTML pages as they pass.'),
  sensitive: sensitiveConfigSchema.describe(
    'Sections about health, children and the like, such as `[{ path: /health/* }]`: nothing is set, stored or sent there by which somebody or the page can be known, and no destination gets anything, without an explicit opt-in; what the region allows by default does not count. Default `[]`.',
  ),
  consent: siteConsentSchema.prefault({}).describe("The site's own consent manager, beside `consent`."),
});

const captureShape = Object.fromEntries(
  captureProtocols.map((protocol) => [
    protocol.name,
    z
      .strictObject({
        enabled: z
          .boolean()
          .default(protocol.isOnByDefault)
          .describe(
            `Whether its paths are answered; otherwise they go to the upstream. Default \`${protocol.isOnByDefault}\`.`,
          ),
        prefix: pathSchema.default(protocol.name === 'throughline' ? '/t' : '').describe(
          `Path before the protocol's own (${protocol.routes
            .slice(0, 3)
            .map(({ path }) => `\`${path}\``)
            .join(', ')}).`,
        ),
      })
      .prefault({})
      .describe(`${protocol.title}.`),
  ]),
);

const sdkSchema = z.strictObject({
  path: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/, { error: 'Write a path such as /t/s.js.' })
    .default('/t/s.js')
    .describe(
      'Where the browser SDK is served on every site; a path of your own choosing. Default `/t/s.js`.',
    ),
});

const needsSchema = z.strictObject({
  required: z
    .array(consentTypeSchema)
    .describe(
      'Consent types that must all be granted, such as `[analytics_storage]`. An empty list means none: the destination then gets events without any identifier.',
    ),
  optional: z
    .array(consentTypeSchema)
    .default([])
    .describe(
      'Types whose fields are included where granted, such as `[ad_storage, ad_user_data]`. Default `[]`.',
    ),
});

const undecidedActions = ['hold', 'drop', 'reduced'] as const;
const withoutReduced = undecidedActions.filter((action) => action !== 'reduced');

/** What happens where consent is missing. A reduced event, or a flag, only where the destination can do with it. */
function refusalKeys({ takesReduced, restrictedIn }: Destination) {
  const whenUndecided =
    'What happens to an event whose visitor has not decided: `hold` it (without identifiers) until the same page life decides, or `drop` it';
  const reduced = '`reduced` sends at once what points to nobody';
  return {
    whenUndecided: z
      .enum(takesReduced === true ? [...undecidedActions] : withoutReduced)
      .default('hold')
      .describe(`${whenUndecided}${takesReduced === true ? `; ${reduced}` : ''}. Default \`hold\`.`),
    ...(takesReduced === true && {
      whenDenied: z
        .enum(['drop', 'reduced'])
        .default('drop')
        .describe(
          `What happens to an event whose visitor denied what is needed: \`drop\` it, or ${reduced}: name, minute, path, country, browser, channel and value. Default \`drop\`.`,
        ),
    }),
    ...(restrictedIn !== undefined && {
      restricted: z
        .enum(['off', 'on'])
        .default('off')
        .describe(
          `Whether events of visitors who opted out of sale and sharing in ${restrictedIn.join(', ')} are sent with the platform's flag for restricted processing, instead of not at all. It is the operator's own decision. Default \`off\`.`,
        ),
    }),
  };
}

const vendorIdSchema = z.int().min(1).max(65_535);

const vendorSchema = z.strictObject({
  tcf: vendorIdSchema
    .exactOptional()
    .describe(
      "Its number in IAB Europe's Global Vendor List, such as `755`. Without one a TC string names nobody.",
    ),
  google: vendorIdSchema
    .exactOptional()
    .describe("Its number in Google's list of ad technology providers, such as `89`, for AC strings."),
});

const destinationSchemas = destinations.map((destination) =>
  z.strictObject({
    type: z.literal(destination.name).describe(destination.title),
    enabled: z.boolean().default(true).describe('Whether rules may send to it. Default `true`.'),
    needs:
      destination.needs === 'declared'
        ? needsSchema.describe(
            'What the receiver needs consent for; it has to be declared, because nothing is known of it.',
          )
        : needsSchema
            .exactOptional()
            .describe("Types required beyond the platform's own; they can only be stricter."),
    vendor: vendorSchema
      .exactOptional()
      .describe(
        'The receiver in the vendor lists of the consent frameworks, such as `{ tcf: 755 }`: where their strings refuse it, it gets nothing. Numbers that are known of the platform stay. Default: those.',
      ),
    ...refusalKeys(destination),
    settings: destination.binding.describe(`Settings of ${destination.title}.`),
  }),
);

const [firstDestination, ...otherDestinations] = destinationSchemas;
if (firstDestination === undefined) throw new Error('no destination is registered');

/** The whole configuration. Every part is owned by the folder that uses it and assembled here. */
export const configSchema = z.strictObject({
  sites: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/, { error: 'Write a short name such as shop.' }), siteSchema)
    .refine((sites) => Object.keys(sites).length > 0, { error: 'Name at least one site.' })
    .describe('The sites that the gateway answers, by a short name of your own.'),
  edge: z
    .strictObject({
      host: z.string().default('0.0.0.0').describe('Address to listen on. Default `0.0.0.0`.'),
      port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on. Default 8080.'),
      unknownHost: z
        .string()
        .default('refuse')
        .describe(
          "What answers a host that no site lists: `refuse` (421) or a site's name. Default `refuse`.",
        ),
      trustedProxies: z
        .array(z.string())
        .default([])
        .describe(
          'Addresses and networks of proxies in front, such as `[10.0.0.0/8]`, or the names `loopback` and `private`. Only they may speak for a client. Default `[]`.',
        ),
      addressHeader: z
        .string()
        .regex(/^[a-z0-9-]+$/)
        .default('x-forwarded-for')
        .describe(
          'The header in which a trusted proxy names the client, such as `cf-connecting-ip`. Default `x-forwarded-for`.',
        ),
    })
    .prefault({})
    .describe('The public side.'),
  capture: z.strictObject(captureShape).prefault({}).describe('Paths of the capture protocols.'),
  sdk: sdkSchema.prefault({}).describe('The browser SDK.'),
  consent: consentConfigSchema
    .prefault({})
    .describe('How consent is read and what applies where nobody has said anything.'),
  redirects: redirectPolicyConfigSchema
    .prefault({})
    .describe('Which redirects are given their lost campaign parameters back.'),
  linker: linkerConfigSchema.prefault({}).describe('How visitors are handed over between domains.'),
  roundTrips: roundTripsConfigSchema
    .prefault({})
    .describe('Journeys that leave for a sign-in or a payment and come back without their parameters.'),
  campaign: campaignConfigSchema.prefault({}).describe('What counts as a source.'),
  losses: lossConfigSchema.prefault({}).describe('How lost campaign parameters are followed.'),
  sessions: sessionConfigSchema.prefault({}).describe('What a session is.'),
  visitor: z
    .strictObject({
      cookie: z
        .string()
        .regex(/^[\w-]{1,64}$/)
        .default('tl_visitor')
        .describe('Name of the visitor cookie. Default `tl_visitor`.'),
      lockSeconds: z
        .number()
        .min(0)
        .max(60)
        .default(5)
        .describe(
          "For how long a browser's other first requests share the identity that its first one was given. Default 5.",
        ),
    })
    .prefault({})
    .describe('How visitors are recognised.'),
  geo: geoConfigSchema.prefault({}).describe('How an address becomes a country.'),
  privacy: z
    .strictObject({
      keepIp: z
        .boolean()
        .default(false)
        .describe(
          "Keep the visitor's address with the event where ad_user_data is granted, so that platforms that ask for it can have it. Default `false`.",
        ),
    })
    .prefault({})
    .describe('What may be stored.'),
  destinations: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_-]*$/, { error: 'Write a short name such as meta.' }),
      z.discriminatedUnion('type', [firstDestination, ...otherDestinations]),
    )
    .default({})
    .describe('Where events can go, by a short name of your own; rules refer to it.'),
  rules: z
    .string()
    .default('rules')
    .describe(
      "Folder of the rule files, relative to the configuration file's folder or absolute. Default `rules`.",
    ),
  store: z
    .strictObject({
      path: z
        .string()
        .default('data/throughline.db')
        .describe(
          'The data file, relative to the working folder or absolute. Default `data/throughline.db`.',
        ),
      retentionDays: z
        .int()
        .min(1)
        .max(4000)
        .default(30)
        .describe('Events and their stories are deleted after this many days. Default 30.'),
      holdMinutes: z
        .number()
        .min(0)
        .max(1440)
        .default(30)
        .describe("How long an event waits for its visitor's decision; then it is purged. Default 30."),
    })
    .prefault({})
    .describe('The durable log.'),
  delivery: retryConfigSchema.prefault({}).describe('How delivery retries.'),
  admin: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether the admin port is opened. Default `true`.'),
      host: z
        .string()
        .default('127.0.0.1')
        .describe('Address to listen on; anything but loopback needs a token. Default `127.0.0.1`.'),
      port: z.int().min(0).max(65_535).default(8081).describe('Port to listen on. Default 8081.'),
      token: secretSchema('Bearer token that every request must carry.').exactOptional(),
    })
    .prefault({})
    .describe('Health, metrics and the debugger.'),
  canary: canaryConfigSchema
    .prefault({})
    .describe('Landing pages that are walked on a schedule, to see when a parameter starts to die.'),
  limits: limitsConfigSchema.prefault({}).describe('Bounds on what the network may send.'),
  log: z
    .strictObject({
      level: z.enum(logLevels).default('info').describe('Least weight that is logged. Default `info`.'),
      format: z
        .enum(['auto', 'json', 'text'])
        .default('auto')
        .describe('`text` for a terminal, `json` for machines, `auto` decides. Default `auto`.'),
    })
    .prefault({})
    .describe('The log.'),
});

export type Config = z.output<typeof configSchema>;
export type SiteConfig = Config['sites'][string];
export type DestinationConfig = Config['destinations'][string];

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

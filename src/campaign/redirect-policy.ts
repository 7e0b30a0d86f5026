import { z } from 'zod';
import { decodeAscii } from './decode-ascii.ts';
import { type ParameterRegistry, shippedParameters } from './parameters.ts';

/** The part of the configuration that says which redirects may be given their lost parameters back. */
export const redirectPolicyConfigSchema = z.strictObject({
  keepParameters: z
    .boolean()
    .default(true)
    .describe(
      "Add campaign labels and click ids that a redirect drops to the address it leads to, on the site's own hosts. " +
        'Default `true`.',
    ),
  untouchablePaths: z
    .array(
      z
        .string()
        .max(1_024)
        .regex(/^\/[^\s?#]*$/, {
          error: 'Write a path such as /download, starting with / and without query.',
        }),
    )
    .max(1_000)
    .default([])
    .describe(
      'Paths, each with everything below it, to which a redirect is never changed, such as signed downloads or an ' +
        'address that removes parameters on purpose. Added to the shipped list of API paths and file types. ' +
        'Example: `[/download, /account/verify]`. Default: `[]`.',
    ),
  untouchableParameters: z
    .array(
      z
        .string()
        .max(64)
        .regex(/^(?:\*?[^\s&=*]+|[^\s&=*]+\*)$/, {
          error: 'Write a parameter name such as seal, with at most one *, first or last, such as acme-*.',
        }),
    )
    .max(1_000)
    .default([])
    .describe(
      'Parameter names that mark an address as signed: a redirect to an address that has one is never changed. Case ' +
        'does not matter; `*` first or last stands for anything. Added to the shipped list (`signature`, `token`, ' +
        '`code`, `x-amz-*` and the like). Example: `[seal, acme-*]`. Default: `[]`.',
    ),
});

/** What the redirect part of the configuration says, defaults filled in. */
export type RedirectPolicyConfig = z.infer<typeof redirectPolicyConfigSchema>;

/** Which redirects may be changed, compiled once. */
export interface RedirectPolicy {
  readonly isOn: boolean;
  /** What counts as a tracked parameter. */
  readonly parameters: ParameterRegistry;
  /** The host is lower case, without port. */
  readonly isOwnHost: (host: string) => boolean;
  /** The path as WHATWG URL writes it. */
  readonly isUntouchablePath: (path: string) => boolean;
  /** The name is decoded and in lower case. */
  readonly isUntouchableParameter: (name: string) => boolean;
}

/** Compiles the policy. `isOwnHost`: the site's hosts and those that it shares journeys with, as for touches. */
export function compileRedirectPolicy(
  config: RedirectPolicyConfig,
  isOwnHost: (host: string) => boolean,
  parameters: ParameterRegistry = shippedParameters,
): RedirectPolicy {
  const prefixes = [...apiPaths, ...config.untouchablePaths].map((path) => folderOf(plainPath(path)));
  return {
    isOn: config.keepParameters,
    parameters,
    isOwnHost,
    isUntouchablePath: (path) => {
      const plain = decodeAscii(path);
      return isFile(plain) || prefixes.some((prefix) => folderOf(plain).startsWith(prefix));
    },
    isUntouchableParameter: compileNames([...signatureParameters, ...config.untouchableParameters]),
  };
}

/**
 * Parameters that make an address valid only as it stands, or that belong to a sign-in on its way: signed links of the
 * clouds, CDNs and web frameworks, OAuth 2.0 and OpenID Connect, SAML and WS-Federation, payment returns. 2026-11-23.
 */
const signatureParameters = [
  ...[
    '*signature',
    '*sig',
    '*hmac',
    'sign',
    'shasign',
    'mac',
    'digest',
    'checksum',
    'hash',
    '_hash',
    '_wpnonce',
  ],
  ...[
    'x-amz-*',
    'x-goog-*',
    'x-oss-*',
    'q-sign-*',
    'key-pair-id',
    'awsaccesskeyid',
    'googleaccessid',
    'ossaccesskeyid',
  ],
  ...['hdnea', 'hdnts', 'hdntl', '__token__', '__cf_chl_*'],
  ...['*token', 'jwt', 'otp', 'ticket', 'nonce', 'assertion'],
  ...[
    'code',
    'state',
    'redirect_uri',
    'request_uri',
    'client_secret',
    'code_challenge',
    'oauth_*',
    'openid.*',
  ],
  ...['saml*', 'relaystate', 'wresult', 'wctx'],
];

const apiPaths = ['/api', '/graphql', '/wp-json', '/.well-known'];

/** Files that are downloaded or are part of a page: nothing there reads a campaign. */
const fileTypes: ReadonlySet<string> = new Set(
  (
    'pdf doc docx xls xlsx ppt pptx csv txt xml json rss ics zip gz tar 7z rar exe msi dmg pkg apk ipa iso ' +
    'js mjs css map wasm woff woff2 ttf otf eot png jpg jpeg gif webp avif svg ico mp3 mp4 m4a m4v webm ogg wav mov'
  ).split(' '),
);

/** The path as a browser would send it, in the form that paths are compared in. */
function plainPath(path: string): string {
  return decodeAscii(URL.parse(`http://site.invalid${path}`)?.pathname ?? path);
}

/** With a slash at the end, so that `/download` is not the beginning of `/downloads`. */
function folderOf(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function isFile(path: string): boolean {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') && fileTypes.has(path.slice(dot + 1).toLowerCase());
}

function compileNames(patterns: readonly string[]): (name: string) => boolean {
  const whole = new Set<string>();
  const starts: string[] = [];
  const ends: string[] = [];
  for (const pattern of patterns.map((text) => text.toLowerCase())) {
    if (pattern.startsWith('*')) ends.push(pattern.slice(1));
    else if (pattern.endsWith('*')) starts.push(pattern.slice(0, -1));
    else whole.add(pattern);
  }
  return (name) =>
    whole.has(name) ||
    starts.some((start) => name.startsWith(start)) ||
    ends.some((end) => name.endsWith(end));
}

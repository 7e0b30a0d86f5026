import { z } from 'zod';
import { isHeaderText } from '../campaign/redirect.ts';
import { hostnameOf } from './headers.ts';
import { languageOf } from './languages.ts';

const languageTag = z.string().regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/, {
  error: 'Write a language tag such as de or pt-BR.',
});

const localePath = z.string().regex(/^\/(?:[A-Za-z0-9._~-]+\/?)*$/, {
  error: 'Write a path such as /de/, starting with / and without query.',
});

/** One site's `canonical` part: which of several addresses of one page is the right one. */
export const canonicalConfigSchema = z.strictObject({
  https: z
    .boolean()
    .default(false)
    .describe(
      'Redirect http to https. Only a proxy named in `edge.trustedProxies` can tell the two apart, by ' +
        '`X-Forwarded-Proto` or `Forwarded`; without its word nothing is redirected. Example: `true`. Default `false`.',
    ),
  hstsSeconds: z
    .int()
    .min(0)
    .max(63_072_000)
    .default(0)
    .describe(
      'Max-age of the Strict-Transport-Security header on pages over https that come without one, in seconds; 0: ' +
        'none. Browsers obey for that long, whatever changes here: begin small. Example: 31536000. Default 0.',
    ),
  www: z
    .enum(['keep', 'add', 'remove'])
    .default('keep')
    .describe(
      "Redirect between a host with `www.` and the same without, where both are among the site's hosts: `add`, " +
        '`remove` or `keep` both. Default `keep`.',
    ),
  trailingSlash: z
    .enum(['keep', 'add', 'remove'])
    .default('keep')
    .describe(
      'Redirect page paths to the form with a slash at the end (`add`), without it (`remove`), or `keep` both. Files, ' +
        'APIs and `redirects.untouchablePaths` stay as they are. Default `keep`.',
    ),
  lowercasePath: z
    .boolean()
    .default(false)
    .describe('Redirect page paths with capital letters to small ones. Example: `true`. Default `false`.'),
  locales: z
    .strictObject({
      paths: z
        .record(languageTag, localePath)
        .refine((paths) => Object.keys(paths).length > 0, { error: 'Name at least one language.' })
        .describe('Where each language begins, such as `{ de: /de/, en: /en/ }`.'),
      otherwise: languageTag
        .exactOptional()
        .describe(
          'The language of visitors who read none of them, such as `en`. Without it they stay on `/`, and so does ' +
            'whoever names no language, as crawlers do.',
        ),
    })
    .refine(({ paths, otherwise }) => otherwise === undefined || Object.hasOwn(paths, otherwise), {
      error: 'Name one of the languages under paths.',
      path: ['otherwise'],
    })
    .exactOptional()
    .describe("Redirect the site's first page (`/`) by the browser's language."),
});

/** What a site's `canonical` part says, defaults filled in. */
export type CanonicalConfig = z.infer<typeof canonicalConfigSchema>;

/** Which address is the right one, compiled once. */
export interface CanonicalPolicy {
  readonly https: boolean;
  readonly hstsSeconds: number;
  /** The right name of each of the site's hosts. A host that is not here is never redirected, such as a bare address. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly trailingSlash: CanonicalConfig['trailingSlash'];
  readonly lowercasePath: boolean;
  /** By language tag in lower case; empty: the first page is no different from others. */
  readonly locales: ReadonlyMap<string, string>;
  readonly otherwise?: string;
  readonly isUntouchablePath: (path: string) => boolean;
}

/** Compiles one site's policy; null: nothing is ever redirected. */
export function compileCanonical(
  config: CanonicalConfig,
  site: {
    readonly hosts: readonly string[];
    readonly isUntouchablePath: CanonicalPolicy['isUntouchablePath'];
  },
): CanonicalPolicy | null {
  const { https, hstsSeconds, www, trailingSlash, lowercasePath, locales } = config;
  const hosts = new Map(site.hosts.map((host) => [host, rightHost(host, www, site.hosts)]));
  const isOff =
    !https &&
    hstsSeconds === 0 &&
    www === 'keep' &&
    trailingSlash === 'keep' &&
    !lowercasePath &&
    locales === undefined;
  if (isOff) return null;
  const paths = new Map(
    Object.entries(locales?.paths ?? {}).map(([tag, path]) => [tag.toLowerCase(), path] as const),
  );
  const otherwise = locales?.otherwise?.toLowerCase();
  return {
    https,
    hstsSeconds,
    hosts,
    trailingSlash,
    lowercasePath,
    locales: paths,
    ...(otherwise !== undefined && { otherwise }),
    isUntouchablePath: site.isUntouchablePath,
  };
}

/** A request as far as its address can be wrong. */
export interface CanonicalRequest {
  readonly method: string;
  /** The Host header. */
  readonly host: string;
  /** Path and query as they came. */
  readonly url: string;
  /** `unknown`: nobody who is trusted has said. */
  readonly protocol: 'http' | 'https' | 'unknown';
  /** What the browser's user reads; absent: not a person opening a page, and `/` stays `/`. */
  readonly languages?: string;
}

/** Where a request is sent instead. */
export interface CanonicalRedirect {
  readonly status: 301 | 302 | 308;
  readonly location: string;
  /** The answer to http; nothing may stop it. */
  readonly isUpgrade: boolean;
}

/**
 * The right address of a request, all corrections in one step; null: it has come to the right one. The query keeps every
 * byte. What it returns is right by itself: asked again about its own answer, it returns null.
 *
 * The status says for how long: 301 (308 where there may be a body) for what depends on the address alone, so that
 * search engines merge the two, and 302 for the language. Whoever sends it must also say `no-store`: a browser that keeps
 * a 301 never asks again, so that a mistake in it could not be mended (RFC 9110 section 15.1, RFC 9111 section 5.2.2.5).
 */
export function canonicalRedirect(
  request: CanonicalRequest,
  policy: CanonicalPolicy,
): CanonicalRedirect | null {
  const { method, host, url, protocol } = request;
  const hostname = hostnameOf(host);
  const rightName = policy.hosts.get(hostname);
  // A preflight that is redirected fails (Fetch standard, section 4.8); /.well-known/ has to answer where it is asked.
  if (rightName === undefined || method === 'OPTIONS' || url.startsWith('/.well-known/')) return null;
  const isUpgrade = policy.https && protocol === 'http';
  const isPage = method === 'GET' || method === 'HEAD';
  const end = endOfPath(url);
  const path = url.slice(0, end);
  const tidyPath = isPage ? rightPathOf(path, policy) : path;
  const locale = isPage ? localeOf(request, tidyPath, policy) : undefined;
  const rightPath = locale === undefined ? tidyPath : rightPathOf(locale, policy);
  if (!isUpgrade && rightName === hostname && rightPath === path) return null;
  const rest = rightPath + url.slice(end);
  // A fragment is no part of a request's address, so whoever sends one is no browser.
  if (rest.includes('#') || !isHeaderText(rest)) return null;
  // Without a scheme it stays what it is, also behind a proxy that does not say.
  const scheme = isUpgrade || protocol === 'https' ? 'https:' : '';
  // The port of http says nothing about that of https.
  const port = isUpgrade ? '' : portOf(host);
  const lasting = isPage ? 301 : 308;
  return {
    status: locale === undefined ? lasting : 302,
    location: `${scheme}//${rightName}${port}${rest}`,
    isUpgrade,
  };
}

function rightHost(host: string, www: CanonicalConfig['www'], hosts: readonly string[]): string {
  if (www === 'keep' || host.startsWith('www.') === (www === 'add')) return host;
  const sibling = www === 'add' ? `www.${host}` : host.slice(4);
  return hosts.includes(sibling) ? sibling : host;
}

function localeOf(
  { languages }: CanonicalRequest,
  path: string,
  policy: CanonicalPolicy,
): string | undefined {
  if (path !== '/' || policy.locales.size === 0 || languages === undefined) return undefined;
  const language = languageOf(languages, policy.locales) ?? policy.otherwise;
  const found = language === undefined ? undefined : policy.locales.get(language);
  return found === '/' ? undefined : found;
}

function rightPathOf(
  path: string,
  { trailingSlash, lowercasePath, isUntouchablePath }: CanonicalPolicy,
): string {
  if (path === '/' || (trailingSlash === 'keep' && !lowercasePath) || isUntouchablePath(path)) return path;
  const lower = lowercasePath ? lowerCase(path) : path;
  if (trailingSlash === 'add') return withSlash(lower);
  return trailingSlash === 'remove' ? withoutSlash(lower) : lower;
}

/** Percent escapes stay as they are: their case means nothing, and a change would be one more redirect. */
function lowerCase(path: string): string {
  return path.replace(/%[0-9A-Fa-f]{2}|[A-Z]/g, (found) =>
    found.length === 1 ? found.toLowerCase() : found,
  );
}

/** A dot in the last part is most likely a file's. */
function withSlash(path: string): string {
  return path.endsWith('/') || path.includes('.', path.lastIndexOf('/')) ? path : `${path}/`;
}

function withoutSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return end === 0 ? '/' : path.slice(0, end);
}

function endOfPath(url: string): number {
  const question = url.indexOf('?');
  return question < 0 ? url.length : question;
}

function portOf(host: string): string {
  return /:\d+$/.exec(host)?.[0] ?? '';
}

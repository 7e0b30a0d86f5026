import { z } from 'zod';
import type { SensitiveSections } from '../contract/sensitive.ts';
import type { Answer, Consent } from '../model/consent.ts';

/** The `sensitive` part of a site's configuration. */
export const sensitiveConfigSchema = z
  .array(
    z.strictObject({
      path: z
        .string()
        .max(200)
        .regex(/^\/[^?#\s*]*(?:\*[^?#\s*/]*(?:\/[^?#\s*]*)?)*$/, {
          error: 'Write a path such as /health/*, with at most one * between two slashes.',
        })
        .describe(
          'A path of the site. `*` stands for anything up to the next slash, at the end for everything below. ' +
            'Example: `/*/health/*`. No default.',
        ),
    }),
  )
  .max(200)
  .default([]);

/** What a site's `sensitive` part says. */
export type SensitiveConfig = z.infer<typeof sensitiveConfigSchema>;

/** Makes the test for one site's sensitive sections; undefined: the site has none. */
export function compileSensitive(config: SensitiveConfig): SensitiveSections | undefined {
  if (config.length === 0) return undefined;
  const patterns = config.map(({ path }) => compilePattern(path));
  const matches = (path: string): boolean => patterns.some((pattern) => pattern.test(path));
  return (address) => pathsOf(address, maxNesting).some(matches);
}

/** True where every path that the second pattern covers is covered by the first one already. */
export function coversPath(wide: string, narrow: string): boolean {
  return wide !== narrow && compilePattern(wide).test(plainPath(narrow));
}

/** The consent as it counts in a sensitive section: what only the region's default grants is not granted there. */
export function withinSensitive(consent: Consent): Consent {
  const { types } = consent;
  return {
    ...consent,
    isSensitive: true,
    types: {
      ad_storage: explicit(types.ad_storage),
      analytics_storage: explicit(types.analytics_storage),
      ad_user_data: explicit(types.ad_user_data),
      ad_personalization: explicit(types.ad_personalization),
      functionality_storage: explicit(types.functionality_storage),
      personalization_storage: explicit(types.personalization_storage),
      security_storage: types.security_storage,
    },
  };
}

function explicit(answer: Answer): Answer {
  if (!answer.granted || answer.basis === 'signal') return answer;
  return { granted: false, basis: 'region_default', by: 'sensitive' };
}

/** How deep addresses in parameters of addresses are followed. */
const maxNesting = 3;

/** A pattern ending in `/*` covers the page above it too: whoever is on `/health` is as far in as on `/health/a`. */
function compilePattern(path: string): RegExp {
  const plain = plainPath(path);
  const isOpen = plain.endsWith('/*');
  const exact = (isOpen ? plain.slice(0, -2) : plain)
    .split('/')
    .map((segment) => segment.split('*').map(escapeText).join('[^/]*'))
    .join('/');
  return new RegExp(`^${exact}${isOpen ? '(?:/.*)?' : ''}$`, 's');
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The paths that an address names: its own, its fragment's where a router keeps one there, and those in its parameters. */
function pathsOf(address: string, nesting: number): readonly string[] {
  if (nesting === 0 || !(address.includes('/') || address.includes('%'))) return [];
  const parsed = URL.parse(address, 'http://site.invalid');
  if (parsed === null) return [plainPath(address)];
  const paths = [plainPath(parsed.pathname)];
  const { hash, search } = parsed;
  if (/^#!?\//.test(hash)) paths.push(...pathsOf(hash.replace(/^#!?/, ''), nesting - 1));
  if (/[/%]/.test(search)) {
    for (const value of parsed.searchParams.values()) {
      if (/^\/|^https?:|%2f/i.test(value)) paths.push(...pathsOf(value, nesting - 1));
    }
  }
  return paths;
}

/** The path as patterns see it: three layers of escapes undone, small letters, one slash for many, none at the end. */
function plainPath(path: string): string {
  let plain = path;
  for (let layer = 0; layer < 3 && plain.includes('%'); layer += 1) plain = unescapePath(plain);
  const normal = /\/\.{1,2}(?:\/|$)/.test(plain)
    ? (URL.parse(plain, 'http://site.invalid')?.pathname ?? plain)
    : plain;
  return normal
    .toLowerCase()
    .replace(/;[^/]*/g, '')
    .replace(/[\\/]+/g, '/')
    .replace(/\/$/, '');
}

/** One layer of escapes; a path that is not valid UTF-8 behind them is read as it stands. */
function unescapePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%([2-7][\da-f])/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

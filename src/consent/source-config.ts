import { z } from 'zod';
import type { ConsentSource, SourceSettings } from '../contract/consent-source.ts';
import { consentTypeSchema } from '../model/consent.ts';
import { consentSources } from './sources/index.ts';

const withCategories = namesWith('categories');
const withCookie = namesWith('cookie');

/** The name of a cookie (RFC 6265, section 4.1.1: a token). */
export const cookieNameSchema = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,64}$/, "A cookie name has 1 to 64 letters, digits and !#$%&'*+-.^_`|~ only.");

const categoryMapSchema = z.record(z.string().min(1).max(200), z.array(consentTypeSchema));

/** The `consent.categories` part of the configuration. */
export const categoriesSchema = z
  .partialRecord(z.enum(withCategories), categoryMapSchema)
  .default({})
  .describe(
    "What the categories, services or purposes of the site's consent manager stand for, by source, such as " +
      '`{ klaro: { googleAnalytics: [analytics_storage] } }`. Added to what docs/reference/consent-sources.md lists; ' +
      'an entry replaces that of the same category, and `[]` empties it. One denied category denies its types; where ' +
      'several stand for one type, all of them have to be granted. What no map names counts for nothing. ' +
      'Default: `{}`.',
  );

/** The `consent.cookies` part of the configuration. */
export const cookiesSchema = z
  .partialRecord(z.enum(withCookie), cookieNameSchema)
  .default({})
  .describe(
    "The names of consent managers' cookies where the site changed them, by source, such as `{ klaro: shop_choice }`. " +
      `Only for ${withCookie.join(', ')}. Default: \`{}\`, the consent managers' own names.`,
  );

/** The `consent` part of one site. */
export const siteConsentSchema = z.strictObject({
  categories: categoriesSchema.describe(
    'As `consent.categories`, for this site alone; an entry replaces that of the same category, such as ' +
      '`{ onetrust: { C0003: [analytics_storage] } }`. Default: `{}`.',
  ),
  cookies: cookiesSchema.describe(
    'As `consent.cookies`, for this site alone, such as `{ klaro: blog_choice }`. Default: `{}`.',
  ),
});

/** The consent configuration with what one site says beside it. */
export function withSite<C extends SourcesConfig>(shared: C, site: z.infer<typeof siteConsentSchema>): C {
  const maps = Object.entries(site.categories).map(
    ([source, map]) => [source, { ...shared.categories[source], ...map }] as const,
  );
  return {
    ...shared,
    categories: { ...shared.categories, ...Object.fromEntries(maps) },
    cookies: { ...shared.cookies, ...site.cookies },
  };
}

/** What the configuration says of single sources. */
export interface SourcesConfig {
  readonly categories: z.infer<typeof categoriesSchema>;
  readonly cookies: z.infer<typeof cookiesSchema>;
  /** The SDK's cookie. */
  readonly cookie: string;
}

/** The sources under the settings of one site. */
export function configureSources(
  sources: readonly ConsentSource[],
  { categories, cookies, cookie }: SourcesConfig,
): readonly ConsentSource[] {
  const cookieOf: Readonly<Record<string, string | undefined>> = { ...cookies, 'sdk-cookie': cookie };
  return sources.map((source) => {
    const ownCategories = categories[source.name];
    const ownCookie = cookieOf[source.name];
    const settings: SourceSettings = {
      ...(ownCategories !== undefined && { categories: ownCategories }),
      ...(ownCookie !== undefined && { cookie: ownCookie }),
    };
    return source.configure?.(settings) ?? source;
  });
}

function namesWith(setting: keyof SourceSettings): readonly string[] {
  return consentSources.filter((source) => source.settings?.[setting] !== undefined).map(({ name }) => name);
}

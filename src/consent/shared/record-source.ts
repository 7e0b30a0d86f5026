import type {
  CategoryMap,
  ConsentExample,
  ConsentSource,
  SourceSettings,
} from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import type { Draft, Hit } from '../../model/hit.ts';
import { type CategoryIndex, type ConsentRecord, indexCategories, stateTypes } from './record.ts';

/** What the source of one consent manager is made of. */
export interface RecordFormat {
  readonly name: string;
  readonly description: string;
  /** The cookie that holds the record, where sites may name it; read besides `cookies`. */
  readonly cookie?: string;
  readonly cookies?: readonly string[];
  readonly cookiePrefixes?: readonly string[];
  /** What the consent manager's own categories stand for; `{}`: every site has its own; absent: none can be read. */
  readonly categories?: CategoryMap;
  /** Sites name the categories, and the above are usual names: where a site's map names a type, they no longer stand for it. */
  readonly areNamesOwn?: true;
  /** Categories that not every site has: where the record does not mention one, it is left out of account. */
  readonly optional?: readonly string[];
  /** Storage keys, where the record lives in the page: an event may bring them along as signals of these names. */
  readonly storageKeys?: readonly string[];
  /** Null: there is no record. Must not throw. */
  readonly decode: (place: RecordPlace) => ConsentRecord | null;
  readonly examples: readonly ConsentExample[];
}

/** Where a record is looked for. */
export interface RecordPlace {
  readonly cookies: Hit['cookies'];
  readonly headers: Hit['headers'];
  readonly signals: NonNullable<Draft['signals']>;
  /** The value of the cookie that sites may name; `''`: it is not there. */
  readonly value: string;
}

/** Makes the consent source of a consent manager. */
export function recordSource(format: RecordFormat): ConsentSource {
  const { cookie, categories } = format;
  return configured(format, {
    ...(cookie !== undefined && { cookie }),
    ...(categories !== undefined && { categories }),
  });
}

const noSignals: RecordPlace['signals'] = Object.freeze({});

function configured(format: RecordFormat, settings: SourceSettings): ConsentSource {
  const { cookie, categories = {} } = settings;
  const { storageKeys } = format;
  const index = indexCategories(categories, format.optional ?? []);
  return {
    name: format.name,
    kind: 'cmp',
    description: format.description,
    cookies: [...(cookie === undefined ? [] : [cookie]), ...(format.cookies ?? [])],
    ...(format.cookiePrefixes !== undefined && { cookiePrefixes: format.cookiePrefixes }),
    ...(storageKeys === undefined && { isCookieOnly: true as const }),
    settings,
    ...(format.optional !== undefined && { optionalCategories: format.optional }),
    configure: (own) =>
      configured(format, {
        ...settings,
        ...own,
        ...(settings.categories !== undefined && {
          categories: { ...usual(format, categories, own.categories), ...own.categories },
        }),
      }),
    read: ({ cookies, headers }, { signals = noSignals }) => {
      if (storageKeys?.every((key) => signals[key] === undefined)) return null;
      const value = (cookie === undefined ? '' : cookies[cookie]) ?? '';
      const record = format.decode({ cookies, headers, signals, value });
      return record === null ? null : statementOf(format.name, record, index);
    },
    examples: format.examples,
  };
}

/** Beside names of a site's own the usual ones stand for what the site did not name. */
function usual(
  { areNamesOwn }: RecordFormat,
  categories: CategoryMap,
  own: CategoryMap | undefined,
): CategoryMap {
  if (areNamesOwn !== true || own === undefined) return categories;
  const named = new Set(Object.values(own).flat());
  const left = Object.entries(categories).map(
    ([name, types]) => [name, types.filter((type) => !named.has(type))] as const,
  );
  return Object.fromEntries(left);
}

function statementOf(source: string, record: ConsentRecord, index: CategoryIndex): Statement {
  const problem = record.problem ?? (isMapped(record, index) ? undefined : unmapped(source));
  return {
    source,
    types: stateTypes(record, index),
    ...(record.optOut === true && { optOut: true }),
    ...(problem !== undefined && { problem }),
  };
}

/** A choice of which nothing is understood is no silence: it may have been a refusal. */
function isMapped({ choices, unlisted }: ConsentRecord, { sides, known }: CategoryIndex): boolean {
  if (choices === undefined) return true;
  if (unlisted === 'denied') return sides.length > 0;
  if (choices.size === 0) return true;
  for (const category of choices.keys()) if (known.has(category)) return true;
  return false;
}

function unmapped(source: string): string {
  return `none of the record's categories is in consent.categories.${source}`;
}

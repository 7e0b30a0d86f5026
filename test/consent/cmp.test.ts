import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements } from '../../src/consent/resolve.ts';
import { analytics, functional, marketing } from '../../src/consent/shared/purposes.ts';
import type { Statement } from '../../src/model/consent.ts';

const purposes = ['functional', 'analytics', 'marketing'] as const;
const typesOf = { functional, analytics, marketing };
const answer = z.enum(['granted', 'denied', 'unknown']);
const texts = z.record(z.string(), z.string());

const rows = z
  .array(
    z.strictObject({
      source: z.string(),
      title: z.string(),
      cookies: texts,
      signals: texts.default({}),
      map: z.partialRecord(z.enum(purposes), z.array(z.string())).default({}),
      state: z.enum(['decided', 'undecided', 'unparseable', 'opaque', 'see_note']),
      categories: z.record(z.enum(purposes), answer),
      optOut: z.boolean().default(false),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../golden/consent/cmp.json', import.meta.url), 'utf8')));

type Row = (typeof rows)[number];

/** The row's signals as a site with the row's map reads them; undefined: the source is silent. */
function read({ source, cookies, signals, map }: Row): Statement | undefined {
  const categories = Object.fromEntries(
    purposes.flatMap((purpose) => (map[purpose] ?? []).map((category) => [category, typesOf[purpose]])),
  );
  const config = consentConfigSchema.parse(
    Object.keys(map).length === 0 ? {} : { categories: { [source]: categories } },
  );
  const { sources } = compileConsentPolicy(config);
  const statements = readStatements(sources, { cookies, headers: {}, query: '' }, { signals });
  expect(statements.map((statement) => statement.source)).toEqual(statements.length === 0 ? [] : [source]);
  return statements[0];
}

/** What a statement says of the three purposes; of a purpose's types all say the same. */
function stated(statement: Statement | undefined): Record<string, string> {
  return Object.fromEntries(
    purposes.map((purpose) => {
      const states = typesOf[purpose].map((type) => statement?.types[type]?.state ?? 'unknown');
      return [purpose, [...new Set(states)].join(' and ')];
    }),
  );
}

describe('the records of consent managers', () => {
  it('are all there', () => {
    expect(rows.length).toBe(71);
    expect(new Set(rows.map(({ source }) => source)).size).toBe(25);
  });

  const readable = rows.filter(({ state }) => state === 'decided');
  it.each(readable)('$source, $title: is read as the visitor chose', (row) => {
    const statement = read(row);
    expect(stated(statement)).toEqual(row.categories);
    expect(statement?.optOut ?? false).toBe(row.optOut);
    const isMapped = Object.values(row.categories).some((state) => state !== 'unknown') || row.map.marketing;
    const expected = isMapped
      ? undefined
      : `none of the record's categories is in consent.categories.${row.source}`;
    expect(statement?.problem).toBe(expected);
  });

  const open = rows.filter(({ state }) => state === 'undecided');
  it.each(open)('$source, $title: states nothing', (row) => {
    expect(read(row) ?? { source: row.source, types: {} }).toEqual({ source: row.source, types: {} });
  });

  const unreadable = rows.filter(({ state }) => state === 'unparseable' || state === 'opaque');
  it.each(unreadable)('$source, $title: is a problem and no grant', (row) => {
    const statement = read(row);
    expect(statement?.types).toEqual({});
    expect(statement?.problem).toBeTypeOf('string');
  });

  const noted = rows.filter(({ state }) => state === 'see_note');
  it.each(noted)('$source, $title: counts only with the event that tells of a choice', (row) => {
    expect(stated(read(row))).toEqual({ functional: 'unknown', analytics: 'unknown', marketing: 'unknown' });
    const chosen = { ...row, signals: { ...row.signals, UC_UI_CMP_EVENT: 'SAVE' } };
    expect(stated(read(chosen))).toEqual(row.categories);
  });
});

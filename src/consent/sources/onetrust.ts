import { firstReading, maxRecordLength, rawCookie } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const closed = { OptanonAlertBoxClosed: '2026-11-02T09:00:05.000Z' };
const analyticsOnly = chosen([...necessary, ...analytics], marketing);

/** OneTrust. Formats as in public samples and in the shipped script, 2026-11-23. */
export const source = recordSource({
  name: 'onetrust',
  description:
    "OneTrust's cookie `OptanonConsent`: its `groups`, such as `C0001:1,C0002:0`. Before a choice they hold the " +
    "region's defaults, so they count only where `OptanonAlertBoxClosed` tells that there was one; while the site has " +
    'the visitor asked again (`AwaitingReconsent`) only refusals do. Its note of Global Privacy Control (`browserGpcFlag`) ' +
    'counts as an opt-out. Groups with ids of a site of its own need `consent.categories.onetrust`; C0005 (social ' +
    'media) stands for marketing too, on sites that have it.',
  cookies: ['OptanonConsent', 'OptanonAlertBoxClosed'],
  categories: { C0001: necessary, C0002: analytics, C0003: functional, C0004: marketing, C0005: marketing },
  optional: ['C0005'],
  decode,
  examples: [
    {
      title: 'a visitor who accepted performance cookies only, on a site with three groups',
      cookies: { OptanonConsent: 'isGpcEnabled=0&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0', ...closed },
      expect: { source: 'onetrust', types: analyticsOnly },
    },
    {
      title: 'defaults of an opt-out region, nobody has chosen yet',
      cookies: { OptanonConsent: 'groups=C0001%3A1%2CC0002%3A1%2CC0004%3A1' },
      expect: { source: 'onetrust', types: {} },
    },
    {
      title: 'a choice that the site has the visitor make again',
      cookies: {
        OptanonConsent: 'groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0&AwaitingReconsent=true',
        ...closed,
      },
      expect: { source: 'onetrust', types: chosen([], marketing) },
    },
    {
      title: 'a browser with Global Privacy Control, before a choice',
      cookies: { OptanonConsent: 'browserGpcFlag=1&groups=C0001%3A1%2CC0004%3A1' },
      expect: { source: 'onetrust', types: {}, optOut: true },
    },
    {
      title: 'groups of which none is mapped',
      cookies: { OptanonConsent: 'groups=1%3A1%2C2%3A1', ...closed },
      expect: {
        source: 'onetrust',
        types: {},
        problem: "none of the record's categories is in consent.categories.onetrust",
      },
    },
    {
      title: 'a choice without its groups',
      cookies: { OptanonConsent: 'isGpcEnabled=0', ...closed },
      expect: { source: 'onetrust', types: {}, problem: 'OptanonConsent has no groups' },
    },
    { title: 'no OneTrust cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies, headers }: RecordPlace): ConsentRecord | null {
  const value = cookies['OptanonConsent'] ?? '';
  if (value === '') return null;
  const fields = fieldsOf(rawCookie(headers, 'OptanonConsent') ?? value);
  const optOut = fields.includes('browserGpcFlag=1');
  const closedAt = cookies['OptanonAlertBoxClosed'] ?? '';
  if (closedAt === '') return { optOut };
  if (firstReading(closedAt, timeIn) === null)
    return { optOut, problem: 'OptanonAlertBoxClosed is not a time' };
  return { optOut, isGrantVoid: fields.includes('AwaitingReconsent=true'), ...groupsOf(fields) };
}

/** Where the separators stand bare, what is still encoded belongs to a field's value, and a link's author may have written it. */
function fieldsOf(value: string): readonly string[] {
  if (value.length > maxRecordLength) return [];
  return value.includes('&') ? value.split('&') : (firstReading(value, groupedFields) ?? []);
}

function groupedFields(text: string): readonly string[] | null {
  const fields = text.split('&');
  return fields.some(isGroups) ? fields : null;
}

/**
 * Where the value was decoded before it came here, `landingPath` may spill fields of its own, which whoever made the
 * link wrote: of groups stated twice only the denials are believed.
 */
function groupsOf(fields: readonly string[]): ConsentRecord {
  const stated = fields.filter(isGroups);
  if (stated.length === 0) return { problem: 'OptanonConsent has no groups' };
  const pairs = stated.flatMap(
    (field) => firstReading(field.slice('groups='.length), pairsIn) ?? [['', '?'] as const],
  );
  const choices = answersIn(pairs, ['1', '0']);
  if (choices === null) return { problem: 'a group of OptanonConsent is neither 1 nor 0' };
  return { choices, ...(stated.length > 1 && { problem: 'OptanonConsent states groups twice' }) };
}

function isGroups(field: string): boolean {
  return field.startsWith('groups=');
}

function pairsIn(text: string): readonly (readonly [string, string])[] | null {
  if (!text.includes(':')) return null;
  return text.split(',').map((pair) => {
    const colon = pair.lastIndexOf(':');
    return [pair.slice(0, Math.max(0, colon)), pair.slice(colon + 1)];
  });
}

function timeIn(text: string): string | null {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:/.test(text) ? text : null;
}

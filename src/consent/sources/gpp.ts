import type { ConsentExample, ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import { type GppReading, readGpp } from '../shared/gpp-string.ts';
import { remembered } from '../shared/memo.ts';
import { denialsOf, type TcInterest } from '../shared/tc-consent.ts';
import { strictestOf } from '../shared/tc-statement.ts';
import { parameterOf, textsOf } from '../shared/texts.ts';

const places = { cookies: ['IABGPP_HDR_GppString', 'OTGPPConsent'], parameter: 'gpp' };

/** The string of IAB's Global Privacy Platform; its EU section is read for the vendors of the destinations. */
export function gppSource(interest: TcInterest): ConsentSource {
  const readText = remembered((text) => {
    const reading = readGpp(text, interest);
    return { reading, statement: statementOf([reading], { isApplied: true, nowMs: undefined }) };
  }, 512);
  return {
    name: 'gpp',
    kind: 'cmp',
    description:
      "The string of IAB's Global Privacy Platform in the cookies `IABGPP_HDR_GppString` and `OTGPPConsent` and in the " +
      'parameter `gpp`. Of the US sections (national and 20 states) the strictest counts, whichever `gpp_sid` names: an ' +
      'opt-out of sale, sharing or targeted advertising and Global Privacy Control opt out of all three; a known child ' +
      'whose consent is missing is denied advertising; "did not opt out" permits nothing. The EU section is read like ' +
      'any TC string, and grants nothing where `gpp_sid` leaves it out. Sections that are not known are noted.',
    cookies: places.cookies,
    read: (hit, draft) => {
      const texts = textsOf(hit, draft, places);
      if (texts.length === 0) return null;
      const read = texts.map(readText);
      const [first] = read;
      // Without an EU section neither the clock nor what applies has a say.
      if (read.length === 1 && first?.reading.createdAtMs === undefined) return first?.statement ?? null;
      const applicable = parameterOf(hit, draft, 'gpp_sid');
      const isApplied = applicable === '' || applicable.split(/[,_]/, 64).includes('2');
      return statementOf(
        read.map(({ reading }) => reading),
        { isApplied, nowMs: hit.receivedAtMs },
      );
    },
    examples,
  };
}

/** What the source's own documentation shows, for a site whose vendor or provider `source` names. */
const examples: readonly ConsentExample[] = [
  {
    title: 'opted out of sale and sharing in California',
    cookies: { IABGPP_HDR_GppString: 'DBABBg~BUUAAACA' },
    expect: { source: 'gpp', types: {}, optOut: true },
  },
  {
    title: 'did not opt out, which permits nothing',
    query: 'gpp=DBABLA~CVQqAAAAAACA.QA&gpp_sid=7',
    expect: { source: 'gpp', types: {} },
  },
  {
    title: 'a known child whose consent is missing',
    signals: { gpp: 'DBABBg~BUoAABCA' },
    expect: {
      source: 'gpp',
      types: {
        ad_storage: { state: 'denied', weight: 'choice' },
        ad_user_data: { state: 'denied', weight: 'choice' },
        ad_personalization: { state: 'denied', weight: 'choice' },
      },
      optOut: true,
    },
  },
  {
    title: 'opted out, and a section that is not known',
    signals: { gpp: 'DBACLAY~BVQqAAAAAgA.YA~BAAA' },
    expect: { source: 'gpp', types: {}, optOut: true, note: 'section 28 of the GPP string is not known' },
  },
  {
    title: 'a string without the section that its header names',
    signals: { gpp: 'DBABLA' },
    expect: { source: 'gpp', types: {}, problem: 'the GPP string cannot be read' },
  },
  { title: 'a site without it', cookies: { session: 'x' }, expect: null },
];

/** The GPP source for a site that sends to Google. */
export const source: ConsentSource = gppSource({ vendorIds: [755], analyticsPurposes: [] });

function statementOf(
  readings: readonly GppReading[],
  { isApplied, nowMs }: { readonly isApplied: boolean; readonly nowMs: number | undefined },
): Statement {
  const { types, vendors, problem } = strictestOf(readings, nowMs);
  const note = readings.find((reading) => reading.note !== undefined)?.note;
  return {
    source: 'gpp',
    types: isApplied ? types : denialsOf(types),
    ...(readings.some(({ isOptedOut }) => isOptedOut) && { optOut: true }),
    ...(readings.some(({ isSensitiveDenied }) => isSensitiveDenied) && { isSensitiveDenied: true }),
    ...(vendors && { vendors }),
    ...(note !== undefined && { note }),
    ...(problem !== undefined && { problem }),
  };
}

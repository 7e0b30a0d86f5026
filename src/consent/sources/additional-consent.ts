import type { ConsentExample, ConsentSource } from '../../contract/consent-source.ts';
import type { ConsentType, Statement } from '../../model/consent.ts';
import { readAcString } from '../shared/ac-string.ts';
import { remembered } from '../shared/memo.ts';
import { textsOf } from '../shared/texts.ts';
import { bothAllow } from '../shared/vendor-answers.ts';

const places = { cookies: ['addtl_consent', 'OTAdditionalConsentString'], parameter: 'addtl_consent' };

/** Google's Additional Consent for providers outside the Global Vendor List, read for those of the destinations. */
export function additionalConsentSource(providerIds: readonly number[]): ConsentSource {
  const readText = remembered((text) => statementOf(text, providerIds), 512);
  return {
    name: 'additional-consent',
    kind: 'cmp',
    description:
      "Google's AC string, which stands beside a TC string for platforms that are not in the Global Vendor List, in the " +
      'cookies `addtl_consent` and `OTAdditionalConsentString` and in the parameter `addtl_consent`. It grants no type by ' +
      'itself: a provider that it does not name as agreed to is refused everything, and one that it names may have what ' +
      'the TC string grants. Several strings: the strictest.',
    cookies: places.cookies,
    read: (hit, draft) => {
      const statements = textsOf(hit, draft, places).map(readText);
      return statements.length === 0 ? null : statements.reduce(strictest);
    },
    examples,
  };
}

/** What the source's own documentation shows, for a site whose vendor or provider `source` names. */
const examples: readonly ConsentExample[] = [
  {
    title: 'a visitor who agreed to provider 89 among others',
    cookies: { addtl_consent: '2~35.89.101~dv.9.21' },
    expect: {
      source: 'additional-consent',
      types: {},
      vendors: {
        'google:89': ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'],
      },
    },
  },
  {
    title: 'a visitor who was shown provider 89 and did not agree to it',
    query: 'addtl_consent=2~35.101~dv.9.89',
    expect: { source: 'additional-consent', types: {}, vendors: { 'google:89': [] } },
  },
  {
    title: 'a string of the first version that does not name it',
    signals: { addtl_consent: '1~35.101' },
    expect: { source: 'additional-consent', types: {}, vendors: { 'google:89': [] } },
  },
  {
    title: 'a string of a version that is not known',
    cookies: { addtl_consent: '3~89~dv.' },
    expect: { source: 'additional-consent', types: {}, problem: 'the AC string cannot be read' },
  },
  { title: 'a site without it', cookies: { session: 'x' }, expect: null },
];

/** The source for a site that sends to a provider with the number 89. */
export const source: ConsentSource = additionalConsentSource([89]);

const everyType: readonly ConsentType[] = [
  'ad_storage',
  'analytics_storage',
  'ad_user_data',
  'ad_personalization',
];

function statementOf(text: string, providerIds: readonly number[]): Statement {
  const ac = readAcString(text, providerIds);
  if (ac === null)
    return { source: 'additional-consent', types: {}, problem: 'the AC string cannot be read' };
  const answers = providerIds.map(
    (id, index) => [`google:${id}`, ac.consented[index] ? everyType : []] as const,
  );
  return { source: 'additional-consent', types: {}, vendors: Object.fromEntries(answers) };
}

function strictest(a: Statement, b: Statement): Statement {
  const vendors = bothAllow(a.vendors, b.vendors);
  const problem = a.problem ?? b.problem;
  return { ...a, ...(vendors && { vendors }), ...(problem !== undefined && { problem }) };
}

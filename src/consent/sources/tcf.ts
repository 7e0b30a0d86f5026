import type { ConsentExample, ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import { remembered } from '../shared/memo.ts';
import { denialsOf, readTcConsent, type TcInterest } from '../shared/tc-consent.ts';
import { strictestOf } from '../shared/tc-statement.ts';
import { parameterOf, textsOf } from '../shared/texts.ts';

/** What the TCF source takes from the configuration. */
export interface TcfSettings extends TcInterest {
  /** Cookies that hold a TC string, added to those that consent tools agree on. */
  readonly cookies: readonly string[];
}

/** The TC string of IAB Europe's Transparency and Consent Framework, 2.2 and 2.3. */
export function tcfSource({ cookies: added, ...interest }: TcfSettings): ConsentSource {
  const cookies = [...new Set(['euconsent-v2', 'eupubconsent-v2', ...added])];
  const places = { cookies, parameter: 'gdpr_consent' };
  const readText = remembered((text) => readTcConsent(text, interest), 512);
  return {
    name: 'tcf',
    kind: 'cmp',
    description:
      "IAB Europe's TC string (TCF 2.2 and 2.3) in the cookies " +
      `${cookies.map((name) => `\`${name}\``).join(', ')} and in the parameter \`gdpr_consent\`. Purpose 1 stands for ` +
      'ad_storage, with 7 for ad_user_data, with 3 and 4 for ad_personalization, each for the vendors of the ' +
      "configuration's destinations only that were shown, agreed to and not restricted. analytics_storage is denied with " +
      'purpose 1, and granted only by what the string allows the site itself, where `consent.tcf.analyticsPurposes` ' +
      'says which purposes stand for it. A string that is not valid (shared between sites, older than TCF 2.2, since ' +
      '2026-03-01 without disclosed vendors, from the future) denies advertising. With `gdpr=0` it grants nothing, and ' +
      'denies in opt-in regions only. Several strings: the strictest.',
    cookies,
    read: (hit, draft) => {
      const texts = textsOf(hit, draft, places);
      if (texts.length === 0) return null;
      const { types, vendors, problem } = strictestOf(texts.map(readText), hit.receivedAtMs);
      const isApplied = parameterOf(hit, draft, 'gdpr') !== '0';
      return {
        source: 'tcf',
        types: isApplied ? types : denialsOf(types),
        ...(vendors && { vendors }),
        ...(!isApplied && { onlyIn: 'opt_in' }),
        ...(problem !== undefined && { problem }),
      };
    },
    examples,
  };
}

const acceptedAll =
  'CQtDjkAQtDjkAAKADBENCyFsAP_gAEPgAAYgIzQBQAtgLzAYyAyQCMwGSQAgF5gMkAAA.IIzQDAAFAAVABUADQALYBCAF5gMZAZIA4sB7QEZg.YAAAAAAAAAAA';
const refusedAll = 'CQtDjkAQtDjkAAKADBENCyFgAAAAAAAAAAYgAAAAAAAA.IIzQBQAtgLzAYyAyQCMw.YAAAAAAAAAAA';
const withoutGoogle =
  'CQtDjkAQtDjkAAKADBENCyFgAP_gAEPgAAYgGMwAgAtgMZAySACAyQAA.IIzQBQAtgLzAYyAyQCMw.YAAAAAAAAAAA';
const undisclosed = 'CQhG6EAQhG6EAAKADBENCyEgAP_gAEPgAAYgIzQBQAtgLzAYyAyQCMwGSQAgF5gMkAAA.YAAAAAAAAAAA';

const deniedTypes: Statement['types'] = {
  ad_storage: { state: 'denied', weight: 'choice' },
  analytics_storage: { state: 'denied', weight: 'choice' },
  ad_user_data: { state: 'denied', weight: 'choice' },
  ad_personalization: { state: 'denied', weight: 'choice' },
};

/** What the source's own documentation shows, for a site whose vendor or provider `source` names. */
const examples: readonly ConsentExample[] = [
  {
    title: 'a visitor who accepted everything, on a site that sends to Google (vendor 755)',
    cookies: { 'euconsent-v2': acceptedAll },
    expect: {
      source: 'tcf',
      types: {
        ad_storage: { state: 'granted', weight: 'choice' },
        ad_user_data: { state: 'granted', weight: 'choice' },
        ad_personalization: { state: 'granted', weight: 'choice' },
      },
      vendors: { 'tcf:755': ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'] },
    },
  },
  {
    title: 'a visitor who refused everything',
    query: `gdpr=1&gdpr_consent=${refusedAll}`,
    expect: { source: 'tcf', types: deniedTypes, vendors: { 'tcf:755': [] } },
  },
  {
    title: 'everything accepted, and Google switched off: a refusal of that vendor alone',
    cookies: { 'euconsent-v2': withoutGoogle },
    expect: { source: 'tcf', types: {}, vendors: { 'tcf:755': [] } },
  },
  {
    title: 'a refusal on a page that says the GDPR does not apply',
    signals: { gdpr: '0', gdpr_consent: refusedAll },
    expect: { source: 'tcf', types: deniedTypes, vendors: { 'tcf:755': [] }, onlyIn: 'opt_in' },
  },
  {
    title: 'a string of 2026-03-15 that does not say which vendors were shown',
    cookies: { 'euconsent-v2': undisclosed },
    expect: {
      source: 'tcf',
      types: {
        ad_storage: { state: 'denied', weight: 'choice' },
        ad_user_data: { state: 'denied', weight: 'choice' },
        ad_personalization: { state: 'denied', weight: 'choice' },
      },
      vendors: { 'tcf:755': ['analytics_storage'] },
      problem: 'the TC string does not list the vendors that were shown, as TCF 2.3 requires',
    },
  },
  {
    title: 'a string cut short on its way',
    cookies: { 'euconsent-v2': acceptedAll.slice(0, 40) },
    expect: { source: 'tcf', types: {}, problem: 'the TC string cannot be read' },
  },
  { title: 'a site without the framework', cookies: { session: 'x' }, expect: null },
];

/** The TCF source for a site that sends to Google. */
export const source: ConsentSource = tcfSource({ cookies: [], vendorIds: [755], analyticsPurposes: [] });

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { checkTagging, type HygieneFinding } from '../../src/campaign/hygiene.ts';
import { readCampaign } from '../../src/campaign/read.ts';
import { factsOf } from '../../src/campaign/reading-facts.ts';
import { readTouch } from '../../src/campaign/touch.ts';
import { hygieneProblems } from '../../src/model/hygiene.ts';

const page = 'https://shop.example/p';
const well = 'utm_source=google&utm_medium=cpc';
const gclid = 'Cj0KCQiA-abcdefghijklmnop';

function check(query: string, hasProof = false): readonly string[] {
  const reading = readCampaign(`${page}?${query}`);
  return checkTagging({ reading, labels: reading.labels, hasProof }).map(asText);
}

function asText({ problem, parameter }: HygieneFinding): string {
  return `${problem} ${parameter}`;
}

describe('checkTagging', () => {
  it.each([
    ['a well tagged link', `${well}&utm_campaign=spring_sale&utm_term=running+shoes&gclid=${gclid}`, []],
    ['contact data by its name', `${well}&email=x`, ['personal_data email']],
    ['an address in a label', `${well}&utm_content=jane%40example.com`, ['personal_data utm_content']],
    ['a telephone number in a label', `${well}&utm_content=%2B49+171+1234567`, ['personal_data utm_content']],
    ['digits that are an id', `${well}&utm_id=4917112345678`, []],
    ['mixed case', 'utm_source=Google&utm_medium=CPC', ['mixed_case utm_source', 'mixed_case utm_medium']],
    ['a medium of no channel', 'utm_source=a&utm_medium=foo', ['unknown_medium utm_medium']],
    ['a space in a name', `${well}&utm_campaign=spring+sale`, ['space utm_campaign']],
    ['a macro in braces', `${well}&utm_campaign={{campaign.name}}`, ['placeholder utm_campaign']],
    ['a ValueTrack macro', `${well}&utm_term={keyword}`, ['placeholder utm_term']],
    ['a click macro', `${well}&utm_term=%25%25CLICK_URL%25%25`, ['placeholder utm_term']],
    ['a macro in underscores', `${well}&utm_id=__CAMPAIGN_ID__`, ['placeholder utm_id']],
    ['a macro for a click id', `${well}&gclid={gclid}`, ['placeholder gclid']],
    [
      'a medium that is a macro is only that',
      'utm_source=a&utm_medium={network}',
      ['placeholder utm_medium'],
    ],
    ['a value encoded twice', `${well}&utm_campaign=spring%252Fsale`, ['still_encoded utm_campaign']],
    ['a source alone', 'utm_source=partner', ['source_without_medium utm_medium']],
    ['a campaign alone', 'utm_campaign=spring', ['campaign_without_source utm_source']],
    ['a cut click id', `${well}&gclid=Cj0KC`, ['wrong_shape gclid']],
    ['a click id with a space', `${well}&ttclid=E.C.P%20x`, ['wrong_shape ttclid']],
    ['a click id that is too long', `${well}&gclid=${'x'.repeat(3_000)}`, ['too_long gclid']],
    ['a repeated parameter', `${well}&gclid=${gclid}1&gclid=${gclid}2`, ['repeated gclid']],
    ['an escaped ampersand', 'utm_source=google&amp;utm_medium=cpc', ['damaged utm_medium']],
  ])('finds in %s', (_what, query, expected) => {
    expect(check(query)).toEqual(expected);
  });

  it('does not ask for a source that a click id proves', () => {
    expect(check(`utm_campaign=spring&gclid=${gclid}`, true)).toEqual([]);
  });

  it('finds only what is on the list, and never throws', () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    const name = fc.constantFrom('utm_source', 'utm_medium', 'utm_campaign', 'gclid', 'fbclid', 'email', 'x');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (pairs) => {
        const reading = readCampaign(`${page}?${pairs.map((pair) => pair.join('=')).join('&')}`);
        const findings = checkTagging({ reading, labels: reading.labels, hasProof: false });
        expect(findings.every(({ problem }) => Object.hasOwn(hygieneProblems, problem))).toBe(true);
      }),
    );
  });
});

describe("a campaign decision's facts", () => {
  const facts = (query: string): unknown => factsOf(readCampaign(`${page}?${query}`), [], []);

  it.each([
    ['a label as it stood', 'utm_source=google', [{ name: 'utm_source', raw: 'google' }]],
    ['the value where it is another', 'utm_term=a+b', [{ name: 'utm_term', raw: 'a+b', value: 'a b' }]],
    ['an id by its name alone', `gclid=${gclid}`, [{ name: 'gclid' }]],
    ['a recipient by its name alone', 'mc_eid=9f8e7d', [{ name: 'mc_eid' }]],
    ['what was mended', 'UTM_SOURCE=x', [{ name: 'utm_source', raw: 'x', repaired: 'letter_case' }]],
    ['no address', 'utm_term=jane%40shop.example', [{ name: 'utm_term', raw: '(masked)' }]],
    ['no telephone number', 'utm_term=%2B491711234567', [{ name: 'utm_term', raw: '(masked)' }]],
    ['no parameter inside a label', 'utm_term=x%26gclid%3Dabc', [{ name: 'utm_term', raw: '(masked)' }]],
  ])('record %s', (_what, query, parameters) => {
    expect(facts(query)).toEqual({ parameters });
  });

  it('never hold the value of an id, wherever in the address it stands as well', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{8,40}$/);
    const kind = fc.constantFrom('gclid', 'fbclid', 'mc_eid', '_kx', 'awc', 'partner_click');
    const context = compileTouchContext(
      campaignConfigSchema.parse({ parameters: [{ name: 'partner_click', kind: 'clickId' }] }),
      ['shop.example'],
    );
    const place = fc.constantFrom(
      (pair: string) => `${page}?${pair}`,
      (pair: string) => `${page}?a=1?${pair}`,
      (pair: string) => `${page}?utm_source=x?${pair}`,
      (pair: string) => `${page}?${encodeURIComponent(`utm_source=x&${pair}`)}`,
      (pair: string) => `${page}%3F${pair}`,
      (pair: string) => `${page}#${pair}`,
      (pair: string) => `${page}?utm_content=${encodeURIComponent(`https://a.example/?${pair}`)}`,
      (pair: string) => `${page}?${pair}&utm_term=${pair.slice(pair.indexOf('=') + 1)}`,
      (pair: string) => `${page}?${pair}&${pair}0`,
    );
    fc.assert(
      fc.property(kind, id, place, (name, value, put) => {
        const { facts } = readTouch({ name: 'page_view', atMs: 0, url: put(`${name}=${value}`) }, context);
        expect(JSON.stringify(facts ?? {})).not.toContain(value);
      }),
      { numRuns: 1_000 },
    );
  });
});

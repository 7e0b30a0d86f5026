import { describe, expect, it } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { readTouch } from '../../src/campaign/touch.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type HygieneBounds, type HygieneRow, reportHygiene } from '../../src/report/hygiene.ts';
import type { EventStory } from '../../src/store/ports.ts';

const context = compileTouchContext(campaignConfigSchema.parse({}), ['shop.example']);
const startMs = Date.UTC(2026, 10, 23, 12);

/** The story of a landing on the shop as the edge decides it. */
function landing(query: string, changes: JsonObject = {}, at = 0): EventStory {
  const atMs = startMs + at * 60_000;
  const { touch, facts } = readTouch(
    { name: 'page_view', atMs, url: `https://shop.example/?${query}` },
    context,
  );
  return {
    offset: at + 1,
    event: {
      site: 'shop',
      receivedAtMs: atMs,
      campaign: touch === undefined ? {} : { touch: JSON.parse(JSON.stringify(touch)) },
      ...changes,
    },
    isProcessed: true,
    decisions: [{ stop: 'campaign', reason: 'touch_read', ...(facts !== undefined && { facts }) }],
    deliveries: [],
  };
}

function report(stories: readonly EventStory[], bounds?: HygieneBounds): readonly string[] {
  return reportHygiene(stories, bounds).rows.map(asText);
}

function asText({ problem, parameter, example, count }: HygieneRow): string {
  return `${problem} ${parameter} ${example} ${count}`;
}

describe('reportHygiene', () => {
  it.each([
    ['a value as it counts', 'utm_source=Goo%2Dgle&utm_medium=cpc', 'mixed_case utm_source Goo-gle 1'],
    ["Matomo's parameter by its label", 'mtm_source=News&mtm_medium=email', 'mixed_case utm_source News 1'],
    [
      'what stands beside a missing label',
      'utm_source=partner',
      'source_without_medium utm_medium partner 1',
    ],
    ['what stands beside a missing source', 'utm_campaign=fall', 'campaign_without_source utm_source fall 1'],
    ['what had to be mended', 'utm_source=a&amp;utm_medium=cpc', 'damaged utm_medium escaped_ampersand 1'],
    [
      'no contact data',
      'utm_source=a&utm_medium=cpc&utm_content=jane@example.com',
      'personal_data utm_content (masked) 1',
    ],
    ['no click id', 'gclid=short-id', 'wrong_shape gclid (masked) 1'],
  ])('shows by example %s', (_what, query, row) => {
    expect(report([landing(query)])).toEqual([row]);
  });

  it('adds up events with the time of the first and the last', () => {
    const stories = [3, 1, 2].map((at) => landing('utm_source=Google&utm_medium=cpc', {}, at));
    expect(reportHygiene(stories)).toEqual({
      events: 3,
      isPartial: false,
      rows: [
        {
          site: 'shop',
          problem: 'mixed_case',
          parameter: 'utm_source',
          example: 'Google',
          count: 3,
          firstAtMs: startMs + 60_000,
          lastAtMs: startMs + 180_000,
          fix: 'Write it in lower case.',
        },
      ],
    });
  });

  it('finds names that are nearly the same among the touches of one site', () => {
    const well = 'utm_medium=cpc&utm_source=';
    const stories = [landing(`${well}google`), landing(`${well}google`), landing(`${well}gogle`)];
    expect(report(stories)).toEqual(['near_duplicate utm_source google (2), gogle (1) 3']);
    expect(report([landing(`${well}google`), landing(`${well}gogle`, { site: 'other' })])).toEqual([]);
  });

  it('does not compare names that were read off a referrer', () => {
    const touch = { kind: 'referral', source: 'gogle', medium: 'referral' };
    const stories = [landing('utm_source=google&utm_medium=cpc'), landing('', { campaign: { touch } })];
    expect(report(stories)).toEqual([]);
  });

  it('leaves out bots and duplicates', () => {
    const tagged = landing('utm_source=Google&utm_medium=cpc');
    const bot = landing('utm_source=Google&utm_medium=cpc', { client: { isBot: true } });
    const again: EventStory = {
      ...tagged,
      decisions: [...tagged.decisions, { stop: 'dedupe', reason: 'duplicate' }],
    };
    expect(reportHygiene([bot, again])).toEqual({ events: 0, rows: [], isPartial: false });
  });

  it('says so where there are more problems than it can hold', () => {
    const stories = ['A', 'B', 'C'].map((name) => landing(`utm_source=${name}&utm_medium=cpc`));
    const { rows, isPartial } = reportHygiene(stories, { maxRows: 2, maxValues: 10 });
    expect([rows.length, isPartial]).toEqual([2, true]);
  });

  it('takes stories as they come, with facts that nobody wrote', () => {
    const story = landing('');
    for (const facts of [{}, { hygiene: 1 }, { hygiene: [1, {}, { problem: 'toString', parameter: 'x' }] }])
      expect(report([{ ...story, decisions: [{ stop: 'campaign', reason: 'touch_read', facts }] }])).toEqual(
        [],
      );
  });
});

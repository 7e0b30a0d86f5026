import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocol } from '../../src/capture/snowplow.ts';
import { type Reason, reasons } from '../../src/model/reason.ts';
import { hitOf } from './hit.ts';

const path = '/com.snowplowanalytics.snowplow/tp2';
const own = 'iglu:com.snowplowanalytics.snowplow';
const shop = `${own}.ecommerce`;

/** What tracker-core 4.10 does not send again (`dontRetryStatusCodes` and 2xx, 2026-11-24). */
const isFinal = (status: number) => status < 300 || [400, 401, 403, 410, 422].includes(status);

describe('the reply to a Snowplow tracker', () => {
  it.each(Object.keys(reasons).filter((reason) => reason.startsWith('refused_')))(
    'ends the sending where %s, unless trying again can help',
    (name) => {
      const refused = Object.keys(reasons).find((reason): reason is Reason => reason === name);
      if (refused === undefined) return expect.fail(name);
      for (const method of ['GET', 'POST']) {
        const { status } = protocol.refused({ method, path, query: '' }, { refused, message: 'no' });
        expect(isFinal(status)).toBe(refused !== 'refused_busy');
      }
    },
  );
});

const schemas = fc.constantFrom(
  `${own}/web_page/jsonschema/1-0-0`,
  `${own}/client_session/jsonschema/1-0-2`,
  `${own}/add_to_cart/jsonschema/1-0-0`,
  `${own}/submit_form/jsonschema/1-0-0`,
  `${own}/site_search/jsonschema/1-0-0`,
  `${shop}/snowplow_ecommerce_action/jsonschema/1-0-2`,
  ...['transaction', 'product', 'promotion', 'cart', 'refund', 'checkout_step', 'user'].map(
    (name) => `${shop}/${name}/jsonschema/1-0-0`,
  ),
  'iglu:com.acme/__proto__/jsonschema/1-0-0',
  'no schema',
);
const values = fc.oneof(
  fc.constantFrom(
    '"EUR"',
    '"transaction"',
    '1e999',
    '-1',
    'null',
    '[{"value":"x"}]',
    '{"__proto__":{"isAdmin":1}}',
  ),
  fc.json({ maxDepth: 2 }),
);
const data = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'type',
        'id',
        'price',
        'currency',
        'elements',
        'terms',
        'email',
        '__proto__',
        'transaction_id',
      ),
      values,
    ),
    { maxLength: 5 },
  )
  .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`);
const described = fc.tuple(schemas, data).map(([schema, said]) => `{"schema":"${schema}","data":${said}}`);
const wrapped = (text: string) => `{"schema":"s","data":${text}}`;

const events = fc.record({
  e: fc.constantFrom('pv', 'pp', 'se', 'ue', 'tr', 'ti'),
  se_ac: fc.constant('buy'),
  tr_id: fc.constantFrom('V-1', ''),
  ti_id: fc.constant('V-1'),
  dtm: fc.constantFrom('1795433706000', 'x', '1e400'),
  ue_pr: fc.oneof(described.map(wrapped), fc.string()),
  cx: fc
    .array(described, { maxLength: 4 })
    .map((list) => Buffer.from(wrapped(`[${list.join(',')}]`)).toString('base64url')),
});

describe('hostile events of a Snowplow tracker', () => {
  it('never throw, keep to the shape of a draft and touch no prototype', () => {
    let drafted = 0;
    fc.assert(
      fc.property(fc.array(events, { maxLength: 5 }), (list) => {
        const { drafts, rejects } = protocol.decode(hitOf({ path, body: JSON.stringify({ data: list }) }));
        drafted += drafts.length;
        const written = JSON.stringify(drafts);
        return (
          drafts.length + rejects.length === list.length &&
          isDeepStrictEqual(JSON.parse(written), drafts) &&
          !written.includes('"__proto__":') &&
          !('isAdmin' in {})
        );
      }),
      { numRuns: 2000 },
    );
    expect(drafted).toBeGreaterThan(500);
  });

  it('repeat the lines of an order no more often than they came', () => {
    const order = { e: 'tr', tr_id: 'V-1' };
    const line = { e: 'ti', ti_id: 'V-1', ti_sk: 'mug' };
    const body = JSON.stringify({ data: [...Array(250).fill(order), ...Array(250).fill(line)] });
    const { drafts } = protocol.decode(hitOf({ path, body }));
    const counts = drafts.map(({ name, commerce }) =>
      name === 'purchase' ? (commerce?.items?.length ?? 0) : 0,
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(250);
  });
});

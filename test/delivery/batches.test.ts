import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBatches } from '../../src/delivery/lane.ts';
import { itemOf } from './outbox.ts';

const sizes = (payloads: readonly string[], maxEvents: number, maxBytes: number): readonly number[] =>
  splitBatches(
    payloads.map((payload, index) => itemOf(index, { payload })),
    { maxEvents, maxBytes },
  ).map((batch) => batch.length);

describe('splitting into batches', () => {
  it.each([
    { title: 'nothing', payloads: [], maxEvents: 2, maxBytes: 100, expected: [] },
    {
      title: 'by events',
      payloads: ['a', 'b', 'c', 'd', 'e'],
      maxEvents: 2,
      maxBytes: 100,
      expected: [2, 2, 1],
    },
    { title: 'by bytes', payloads: ['aaaa', 'bbbb', 'cc', 'd'], maxEvents: 9, maxBytes: 7, expected: [1, 3] },
    { title: 'by bytes of UTF-8', payloads: ['éé', 'éé'], maxEvents: 9, maxBytes: 7, expected: [1, 1] },
    {
      title: 'one that is too large goes alone',
      payloads: ['a', 'x'.repeat(50), 'b'],
      maxEvents: 9,
      maxBytes: 10,
      expected: [1, 1, 1],
    },
  ])('$title', ({ payloads, maxEvents, maxBytes, expected }) => {
    expect(sizes(payloads, maxEvents, maxBytes)).toEqual(expected);
  });

  it('keeps every item once, in order, within the limits', () => {
    const limits = { maxEvents: fc.integer({ min: 1, max: 5 }), maxBytes: fc.integer({ min: 1, max: 40 }) };
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.record(limits),
        (payloads, { maxEvents, maxBytes }) => {
          const items = payloads.map((payload, index) => itemOf(index, { payload }));
          const batches = splitBatches(items, { maxEvents, maxBytes });
          expect(batches.flat()).toEqual(items);
          for (const batch of batches) {
            const bytes = batch.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
            expect(batch.length).toBeLessThanOrEqual(maxEvents);
            if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
          }
        },
      ),
    );
  });
});

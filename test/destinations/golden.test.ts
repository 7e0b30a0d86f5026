import { describe, expect, it } from 'vitest';
import type { Payload, Request } from '../../src/contract/destination.ts';
import { destinations } from '../../src/destinations/index.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import {
  type AnswerCase,
  bindGolden,
  buildOf,
  type EventCase,
  type Golden,
  goldenOf,
  requestAtMs,
} from './golden.ts';

for (const destination of destinations) {
  const golden = goldenOf(destination.name);

  describe(`${destination.name}, from event to request`, () => {
    it.each(golden.cases.filter((one) => 'event' in one))(
      '$title',
      ({ settings, event, expect: expected }) => {
        const bound = bindGolden(destination, golden, settings);
        const built = buildOf(bound, event);
        if ('refused' in expected) {
          expect(built).toMatchObject(expected);
          return;
        }
        expect(built).toStrictEqual({
          eventId: event.id,
          occurredAtMs: event.occurredAtMs,
          body: expected.payload,
        });
        if (expected.request === undefined || isRefusal(built)) return;
        const request = bound.request([built], { nowMs: requestAtMs, number: 1 });
        expect(decoded(request)).toStrictEqual(expected.request);
      },
    );
  });

  describe(`${destination.name}, from answer to outcome`, () => {
    it.each(golden.cases.filter((one) => 'answer' in one))(
      '$title',
      ({ settings, answer, expect: expected }) => {
        const bound = bindGolden(destination, golden, settings);
        expect(bound.judge(answer, [anyPayload])).toStrictEqual([expected.outcome]);
      },
    );
  });
}

describe('the registry of destinations', () => {
  it('is sorted by name, each once', () => {
    const names = destinations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
  });

  it.each(destinations)('has a delivered, refused, retried and rejected case for $name', ({ name }) => {
    const golden = goldenOf(name);
    expect(kindsOf(golden)).toEqual(['delivered', 'refused', 'rejected', 'retry']);
  });

  it.each(destinations)('has cases of $name with distinct titles', ({ name }) => {
    const titles = goldenOf(name).cases.map(({ title }) => title);
    expect(titles).toEqual([...new Set(titles)]);
  });
});

const anyPayload: Payload = { eventId: 'evt-1', occurredAtMs: 0, body: {} };

/** The required kinds of case that the golden file has, or says that there can never be. */
function kindsOf(golden: Golden): readonly string[] {
  const required = new Set(['delivered', 'refused', 'rejected', 'retry']);
  const kinds = new Set([...golden.cases.map(kindOf), ...Object.keys(golden.never)]);
  return [...kinds].filter((kind) => required.has(kind)).sort();
}

function kindOf(one: EventCase | AnswerCase): string {
  if ('event' in one) return 'refused' in one.expect ? 'refused' : 'payload';
  const { outcome } = one.expect;
  return typeof outcome === 'object' && outcome !== null && 'kind' in outcome ? String(outcome['kind']) : '';
}

/** The request with its JSON read, so that goldens compare values and not their order; secrets print as `***`. */
function decoded(request: Request): unknown {
  if (request.kind === 'append') return { ...request, lines: request.lines.map((line) => JSON.parse(line)) };
  return JSON.parse(JSON.stringify({ ...request, body: JSON.parse(request.body) }));
}

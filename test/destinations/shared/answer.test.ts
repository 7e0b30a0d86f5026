import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseBatch, statusWith, wordsOf } from '../../../src/destinations/shared/answer.ts';

describe('the words of a platform', () => {
  it.each([
    ['event_time is too old', 'event_time is too old'],
    ['Missing "em" in\n user_data', 'Missing "em" in user_data'],
    ['Missing "user_data.em"', 'Missing "user_data.em"'],
    ['no such user: jane@example.com', 'no such user: …'],
    ['got "Jane Doe", which is none', 'got "…", which is none'],
    ['bad phone 18005550100', 'bad phone …'],
    ['bad id 550e8400-e29b-41d4-a716-446655440000', 'bad id …'],
    ['see https://example.com/?email=a', 'see …'],
    [`hash ${'f'.repeat(64)}`, 'hash …'],
    ['', undefined],
    [' \n', undefined],
    [{ message: 'no' }, undefined],
    [undefined, undefined],
  ])('%j are kept as %j', (said, kept) => {
    expect(wordsOf(said, [])).toBe(kept);
  });

  it('stay on one short line whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (said) => {
        const kept = wordsOf(said, []) ?? '';
        expect(kept.length).toBeLessThanOrEqual(162);
        expect(kept).not.toMatch(/[\p{Cc}@]/u);
      }),
    );
  });

  it('never bring back a value that was sent', () => {
    const body = { user: { first_name: 'Jane', city: 'Bad Ischl' }, plan: 'pro' };
    const said = 'first_name JANE, (Ischl) and plan pro are unknown';
    expect(wordsOf(said, [{ eventId: 'evt-1', occurredAtMs: 0, body }])).toBe(
      'first_name … … and plan … are unknown',
    );
  });

  it('never bring back any word that was sent, whatever it is', () => {
    const word = fc.stringMatching(/^[a-zäöü]{3,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.string(), (values, more) => {
        const kept = wordsOf(`${values.join(', ')} ${more}`, [
          { eventId: '', occurredAtMs: 0, body: { values } },
        ]);
        const words = (kept ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u);
        expect(words.filter((one) => values.includes(one))).toEqual([]);
      }),
    );
  });

  it('follow the status', () => {
    expect(statusWith(400, 'no value', [])).toBe('HTTP 400: no value');
    expect(statusWith(400, undefined, [])).toBe('HTTP 400');
  });
});

describe('a batch that was refused without naming the culprit', () => {
  const payload = { eventId: 'evt-1', occurredAtMs: 0, body: {} };

  it('is given up where it is one event', () => {
    expect(refuseBatch([payload], 'HTTP 400')).toEqual([{ kind: 'rejected', message: 'HTTP 400' }]);
  });

  it('is tried again where it is several, which come back one by one', () => {
    expect(refuseBatch([payload, payload], 'HTTP 400').map(({ kind }) => kind)).toEqual(['retry', 'retry']);
  });
});

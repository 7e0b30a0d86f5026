import { describe, expect, it } from 'vitest';
import type { Answer, Payload } from '../../src/contract/destination.ts';
import { clickOf } from '../../src/destinations/shared/click.ts';
import { decimal } from '../../src/destinations/shared/commerce.ts';
import { judgeJson, words } from '../../src/destinations/shared/reply.ts';

const payload: Payload = { eventId: 'evt-1', occurredAtMs: 0, body: {} };
const answered = (status: number, body = ''): Answer => ({ kind: 'answered', status, headers: {}, body });

describe("a platform's own words", () => {
  it.each([
    ['Too many requests, retry in 60 seconds.', ': Too many requests, retry in 60 seconds.'],
    ['data.0.user.email is invalid', ': data.0.user.email is invalid'],
    ['events.events[3].user_data: bad', ': events.events[3].user_data: bad'],
    ["Invalid value 'jane doe' given", ': Invalid value … given'],
    ['must be a SHA-256 hash', ': must be a SHA-256 hash'],
    ['Invalid value "jane', ': Invalid value …'],
    ['no user jane@example.com here', ': no user … here'],
    ['ip 203.0.113.10 refused', ': ip … refused'],
    ['phone +18005550100 refused', ': phone … refused'],
    ['phone 800-555-0100 refused', ': phone … refused'],
    ['click E.C.P.CkEABC_def-1 unknown', ': click … unknown'],
    ['click Cj0KCQiA-abc_DEF123 unknown', ': click … unknown'],
    ['uuid 550e8400-e29b-41d4-a716-446655440000', ': uuid …'],
    ['hash 5f0d1df1fc49e30424381b57b1d4c73e067772a4267dde043a19b026935602c8', ': hash …'],
    ['page https://shop.example.com/thanks?a=1 unknown', ': page … unknown'],
    ["it doesn't fit, don't send it", ": it doesn't fit, don't send it"],
    ['', ''],
    [undefined, ''],
  ])('"%s" are shown as "%s"', (text, shown) => {
    expect(words(text)).toBe(shown);
  });

  it('are cut, however long', () => {
    expect(words('word '.repeat(100_000)).length).toBeLessThan(310);
  });
});

describe('judging by JSON', () => {
  const read = () => ({ kind: 'delivered' as const, note: 'read' });

  it.each([
    [answered(200, '{}'), 'delivered'],
    [answered(200), 'delivered'],
    [answered(400, '{}'), 'delivered'],
    [answered(200, '<html>'), 'retry'],
    [answered(400, '<html>'), 'retry'],
    [answered(401, '<html>'), 'delivered'],
    [answered(413, '<html>'), 'rejected'],
    [answered(429, '{}'), 'retry'],
    [answered(500, '{}'), 'retry'],
    [answered(302, '{}'), 'rejected'],
    [{ kind: 'failed', error: 'network', message: 'reset' } satisfies Answer, 'retry'],
    [{ kind: 'failed', error: 'credentials', message: 'revoked' } satisfies Answer, 'unauthorised'],
  ] as const)('%j ends as %s', (answer, kind) => {
    expect(judgeJson(answer, [payload], read).map((outcome) => outcome.kind)).toEqual([kind]);
  });

  it('halves a batch that is too large, and goes by the status where the platform says too little', () => {
    expect(judgeJson(answered(413), [payload, payload], read)[0]).toEqual({
      kind: 'split',
      message: 'HTTP 413',
    });
    expect(judgeJson(answered(401, '<html>'), [payload], () => undefined)[0]?.kind).toBe('unauthorised');
    expect(judgeJson(answered(400, '{}'), [payload, payload], () => [read()])).toHaveLength(2);
  });
});

describe('amounts as text', () => {
  it.each([
    [42.5, '42.50'],
    [17, '17.00'],
    [0, '0.00'],
    [1.234, '1.234'],
    [0.1 + 0.2, '0.3'],
  ])('%d is %s', (amount, text) => {
    expect(decimal(amount)).toBe(text);
  });
});

describe('a click id', () => {
  const touchAt = (value: string, seenAtMs: number) => ({
    kind: 'click_id' as const,
    source: 'x',
    medium: 'cpc',
    channel: 'Paid Search',
    atMs: seenAtMs,
    clickIds: { gclid: { value, seenAtMs } },
  });
  const dayMs = 86_400_000;

  it.each([
    [
      'the newest of all touches',
      { first: touchAt('old', 50 * dayMs), touch: touchAt('new', 90 * dayMs) },
      'new',
    ],
    [
      'the older one where the newer is malformed',
      { first: touchAt('old', 50 * dayMs), touch: touchAt('a b', 90 * dayMs) },
      'old',
    ],
    ['none that is older than the platform remembers', { first: touchAt('old', 10 * dayMs - 1) }, undefined],
    ['one of the very last day', { first: touchAt('old', 10 * dayMs) }, 'old'],
    ['none that is longer than any', { touch: touchAt('x'.repeat(513), 90 * dayMs) }, undefined],
  ])('is %s', (_title, campaign, expected) => {
    expect(clickOf({ campaign, occurredAtMs: 100 * dayMs }, 'gclid', 90)?.value).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { captureProtocols } from '../../src/capture/index.ts';
import { statusOf } from '../../src/capture/shared/status.ts';
import type { CaptureProtocol } from '../../src/contract/protocol.ts';
import type { Reason } from '../../src/model/reason.ts';
import { hitOf } from './hit.ts';

function protocolNamed(name: string): CaptureProtocol {
  const found = captureProtocols.find((protocol) => protocol.name === name);
  if (found === undefined) throw new Error(`no protocol ${name}`);
  return found;
}

const statuses: readonly (readonly [Reason, number])[] = [
  ['refused_too_large', 413],
  ['refused_encoding', 415],
  ['refused_malformed', 400],
  ['refused_invalid', 400],
  ['refused_unknown_version', 400],
  ['refused_too_many', 400],
  ['refused_method', 405],
  ['refused_origin', 403],
  ['refused_busy', 503],
];

describe('the HTTP status of a refusal', () => {
  it.each(statuses)('%s is %i', (reason, status) => {
    expect(statusOf(reason)).toBe(status);
  });
});

describe('a refused hit', () => {
  const throughline = protocolNamed('throughline');
  const refusal = { refused: 'refused_too_large', message: 'more than 1 MiB' } as const;
  const busy = { refused: 'refused_busy', message: 'try again' } as const;

  it('of our own JSON is told why', () => {
    const reply = throughline.refused(hitOf({ path: '/e' }), refusal);
    expect(reply.status).toBe(413);
    expect(JSON.parse(String(reply.body))).toEqual({
      error: { code: 'refused_too_large', message: 'more than 1 MiB' },
    });
  });

  it('is asked to come back where the log is busy', () => {
    for (const protocol of [throughline, protocolNamed('segment')]) {
      const reply = protocol.refused(hitOf({ path: '/e' }), busy);
      expect(reply.status).toBe(503);
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('with the wrong method is told the right one', () => {
    const reply = throughline.refused(hitOf({ method: 'GET', path: '/e' }), {
      refused: 'refused_method',
      message: 'POST only',
    });
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('of a pixel still shows a 43-byte GIF that no cache keeps', () => {
    const reply = throughline.refused(hitOf({ method: 'GET', path: '/e.gif' }), refusal);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ 'content-type': 'image/gif' });
    expect(reply.headers['cache-control']).toContain('no-store');
    expect(reply.body).toHaveLength(43);
    expect(Buffer.from(reply.body).subarray(0, 6).toString()).toBe('GIF89a');
  });

  it('of Segment is a failure in its own shape', () => {
    const reply = protocolNamed('segment').refused(hitOf({ path: '/v1/t' }), refusal);
    expect(reply.status).toBe(413);
    expect(JSON.parse(String(reply.body))).toMatchObject({ success: false, message: 'more than 1 MiB' });
  });

  it('of GA4 gets what Google answers to everything', () => {
    const reply = protocolNamed('ga4').refused(hitOf({ path: '/g/collect' }), busy);
    expect(reply).toMatchObject({ status: 204, headers: { 'content-type': 'text/plain' }, body: '' });
  });
});
